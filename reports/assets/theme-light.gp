# Colours on a light background. Loaded first; theme-dark.gp sets the same names. The order of sw[] is view_switch_colour's.
bg = '#ffffff'; fg = '#1d2128'; muted = '#5f6773'; grid = '#e3e6ea'; link = '#2b6cb0'; warn = '#b04a14'
fg_rgb = 0x1d2128; muted_rgb = 0x565d68
array sw[32] = [0x1d2128, 0x858c97, 0x8a5a2b, 0x2b6cb0, 0xd1622b, 0x2a8f6a, 0xb8509a, 0xa67c00, 0x3b8fb5, 0x7a5cc0, 0x8a9a1f, 0x5f6f86, 0x3d8b8b, 0xa04a5a, 0x9a6b3f, 0x4d6b2f, 0x2f7f4f, 0x7a3f9a, 0x8c6d8c, 0x6b5b4b, 0x8f2d56, 0x1f6f9a, 0x4b5fc9, 0xc0392b, 0x5a7d4a, 0x9c4fd0, 0x7a6a00, 0x566573, 0xb0522f, 0x2f5d8a, 0x8a4f7d, 0x477370]
#              all on    plain     peer      chain     regcache  tlb       flags     ibtc      region    fold      cse       dce       bounds    ifconv    sink      quiet     widen     scale     unroll    once      guess     narrow    late      known     rotate    heat      nans      step      rounds    three spare
array side[6] = [0x2b6cb0, 0xd1622b, 0x2a8f6a, 0xb8509a, 0xa67c00, 0x5f6f86]
phase_load = '#868d98'; phase_translate = '#c07617'; phase_execute = '#5b7fa6'
pair_less = '#f6dcc6'; pair_none = '#f1f2f4'; pair_more = '#d3e3f4'
level_low = '#f1f3f5'; level_high = '#8fb2d6'
