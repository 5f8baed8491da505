# shellcheck shell=bash disable=SC2034
# The host itself: what the same sources cost without any emulation.
CC=gcc
PACKAGE=gcc
SUFFIX=
CFLAGS=(-ffreestanding)
LDFLAGS=()
LIBS=()
RUNTIME=(lib/native/board.c)
