# Colours on a light background. Loaded first; theme-dark.gp sets the same names. The order of sw[] is view_switch_colour's.
bg = '#ffffff'; fg = '#1d2128'; muted = '#8a919c'; grid = '#e3e6ea'
fg_rgb = 0x1d2128; muted_rgb = 0x7d8590
array sw[15] = [0x1d2128, 0x9aa1ab, 0x8a5a2b, 0x2b6cb0, 0xd1622b, 0x2a8f6a, 0xb8509a, 0xc79a17, 0x4fa3c7, 0x7a5cc0, 0x8a9a1f, 0x5f6f86, 0x3d8b8b, 0xa04a5a, 0x9a6b3f]
#              all on    plain     peer      chain     regcache  tlb       flags     ibtc      region    fold      cse       dce       three spare
array side[6] = [0x2b6cb0, 0xd1622b, 0x2a8f6a, 0xb8509a, 0xc79a17, 0x5f6f86]
phase_load = '#b9c0ca'; phase_translate = '#d9923b'; phase_execute = '#5b7fa6'
pair_less = '#e9a878'; pair_none = '#f1f2f4'; pair_more = '#8fb8e0'
level_low = '#f1f3f5'; level_high = '#8fb2d6'
