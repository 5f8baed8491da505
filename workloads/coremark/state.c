// The state machine kernel: a scanner that says what kind of number each word of a text is.
//
//   START -> SIGN | INTEGER | FLOAT | INVALID        INTEGER -> FLOAT at '.'         FLOAT -> EXPONENT_MARK at 'e', 'E'
//   SIGN -> INTEGER | FLOAT | INVALID                EXPONENT_MARK -> EXPONENT_SIGN -> SCIENTIFIC
//   a comma ends a word; any other character that does not fit leads to INVALID, which ends the scan of the word there
#include "coremark.h"

// INVARIANT: the order is part of the result: the counts go into the CRC by number.
typedef enum { START, INVALID, SIGN, EXPONENT_MARK, INTEGER, FLOAT, EXPONENT_SIGN, SCIENTIFIC, STATES } State;

#define VARIANTS 4

// The words of the text are inputs of the published benchmark.
static const uint8_t integers[VARIANTS][5] = {"5012", "1234", "-874", "+122"};
static const uint8_t floats[VARIANTS][9] = {"35.54400", ".1234500", "-110.700", "+0.64400"};
static const uint8_t scientifics[VARIANTS][9] = {"5.500e+3", "-.123e-2", "-87e+832", "+0.6e-12"};
static const uint8_t broken[VARIANTS][9] = {"T0.3e-1F", "-T.T++Tq", "1T3.4e4z", "34.0e-T^"};

static const uint8_t *word_for(int16_t seed, unsigned *length) {
    unsigned variant = ((unsigned)seed >> 3) % VARIANTS;
    *length = 8;
    switch (seed & 7) {
    case 0:
    case 1:
    case 2: *length = 4; return integers[variant];
    case 3:
    case 4: return floats[variant];
    case 5:
    case 6: return scientifics[variant];
    default: return broken[variant];
    }
}

// Fills the text with words and commas as long as a word fits; zeros follow.
void state_init(uint8_t *text, unsigned bytes, int16_t seed) {
    unsigned used = 0, length = 0;
    const uint8_t *word = NULL;

    while (used + length + 1 < bytes - 1) {
        if (word) {
            for (unsigned i = 0; i < length; i++) text[used + i] = word[i];
            text[used + length] = ',';
            used += length + 1;
        }
        seed++;
        word = word_for(seed, &length);
    }
    while (used < bytes) text[used++] = 0;
}

static int is_digit(uint8_t c) { return c >= '0' && c <= '9'; }

// Scans one word, moves *text behind it, and counts the transitions out of each state.
static State scan(uint8_t **text, uint32_t *transitions) {
    uint8_t *p = *text;
    State state = START;

    for (; *p && state != INVALID; p++) {
        uint8_t c = *p;
        if (c == ',') {
            p++;
            break;
        }
        switch (state) {
        case START:
            if (is_digit(c)) {
                state = INTEGER;
            } else if (c == '+' || c == '-') {
                state = SIGN;
            } else if (c == '.') {
                state = FLOAT;
            } else {
                state = INVALID;
                transitions[INVALID]++;
            }
            transitions[START]++;
            break;
        case SIGN:
            if (is_digit(c)) {
                state = INTEGER;
            } else if (c == '.') {
                state = FLOAT;
            } else {
                state = INVALID;
            }
            transitions[SIGN]++;
            break;
        case INTEGER:
            if (c == '.') {
                state = FLOAT;
                transitions[INTEGER]++;
            } else if (!is_digit(c)) {
                state = INVALID;
                transitions[INTEGER]++;
            }
            break;
        case FLOAT:
            if (c == 'E' || c == 'e') {
                state = EXPONENT_MARK;
                transitions[FLOAT]++;
            } else if (!is_digit(c)) {
                state = INVALID;
                transitions[FLOAT]++;
            }
            break;
        case EXPONENT_MARK:
            state = c == '+' || c == '-' ? EXPONENT_SIGN : INVALID;
            transitions[EXPONENT_MARK]++;
            break;
        case EXPONENT_SIGN:
            state = is_digit(c) ? SCIENTIFIC : INVALID;
            transitions[EXPONENT_SIGN]++;
            break;
        case SCIENTIFIC:
            if (!is_digit(c)) {
                state = INVALID;
                transitions[INVALID]++;
            }
            break;
        default: break;
        }
    }
    *text = p;
    return state;
}

static void scan_all(uint8_t *text, uint32_t *ends, uint32_t *transitions) {
    while (*text) ends[scan(&text, transitions)]++;
}

// Changes every step-th character, but no comma.
static void disturb(uint8_t *text, unsigned bytes, int16_t step, uint8_t mask) {
    for (uint8_t *p = text; p < text + bytes; p += step) {
        if (*p != ',') *p ^= mask;
    }
}

uint16_t state_run(uint8_t *text, unsigned bytes, int16_t seed1, int16_t seed2, int16_t step, uint16_t crc) {
    uint32_t ends[STATES] = {0}, transitions[STATES] = {0};

    scan_all(text, ends, transitions);
    disturb(text, bytes, step, (uint8_t)seed1);
    scan_all(text, ends, transitions);
    disturb(text, bytes, step, (uint8_t)seed2); // the seeds are equal: this restores the text
    for (unsigned i = 0; i < STATES; i++) {
        crc = crc_u32(ends[i], crc);
        crc = crc_u32(transitions[i], crc);
    }
    return crc;
}
