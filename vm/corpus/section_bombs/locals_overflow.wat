;; incident: Two groups of four billion locals each: the sum does not fit 32 bits.
(module binary
    "\00asm" "\01\00\00\00"
    "\01\04\01\60\00\00"                            ;; types: () -> ()
    "\03\02\01\00"                                  ;; functions
    "\07\08\01\04call\00\00"                        ;; exports
    "\0a\12\01\10\02"                               ;; code: one body with two groups of locals
    "\ff\ff\ff\ff\0f\7f" "\ff\ff\ff\ff\0f\7e" "\01\01\0b")
