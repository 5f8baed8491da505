# Colours on a dark background. Loaded first; theme-light.gp sets the same names. The order of sw[] is view_switch_colour's.
bg = '#14171c'; fg = '#e4e7eb'; muted = '#98a1ad'; grid = '#2a2f37'; link = '#6aa9ea'; warn = '#f08b57'
fg_rgb = 0xe4e7eb; muted_rgb = 0xa9b1bc
array sw[32] = [0xf2f4f7, 0x77808c, 0xd3a878, 0x6aa9ea, 0xf08b57, 0x55c79b, 0xe389c6, 0xe6c150, 0x86cfee, 0xab93ea, 0xb4c556, 0x9fb0c8, 0x6fc4c4, 0xdb8494, 0xcb9f70, 0x9dbb7a, 0x6fc08f, 0xc08fe0, 0xc9a7c9, 0xb5a593, 0xe07aa8, 0x5fb7e1, 0x93a3f5, 0xf07f72, 0x9fcf8a, 0xcf9bf5, 0xd4c45c, 0xaab7b8, 0xe8a27c, 0x8fb8e6, 0xd9a0cc, 0x9fcfca]
#              all on    plain     peer      chain     regcache  tlb       flags     ibtc      region    fold      cse       dce       bounds    ifconv    sink      quiet     widen     scale     unroll    once      guess     narrow    late      known     rotate    heat      nans      step      rounds    three spare
array side[6] = [0x6aa9ea, 0xf08b57, 0x55c79b, 0xe389c6, 0xe6c150, 0x9fb0c8]
phase_load = '#707986'; phase_translate = '#e0a050'; phase_execute = '#5f8fc4'
pair_less = '#4f3018'; pair_none = '#242930'; pair_more = '#1c3b59'
level_low = '#20252c'; level_high = '#2f6193'
