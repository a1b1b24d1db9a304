;; incident: `memory.fill` with its number in five bytes: valid, yet nobody writes it so.
(module binary
    "\00asm\01\00\00\00"                          ;; magic and version
    "\01\04\01`\00\00"                            ;; types: () -> ()
    "\03\02\01\00"                                ;; functions
    "\05\03\01\00\01"                             ;; memory
    "\07\11\02\04call\00\00\06memory\02\00"       ;; exports
    "\0a\11\01\0f\00A\00A\00A\00\fc\8b\80\80\80\00\00\0b"  ;; code
)
