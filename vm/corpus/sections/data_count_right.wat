;; incident: The number of data segments, as it is: linkers write it, and it is allowed.
(module binary
    "\00asm\01\00\00\00"                     ;; magic and version
    "\01\04\01`\00\00"                       ;; types: () -> ()
    "\03\02\01\00"                           ;; functions
    "\05\03\01\00\01"                        ;; memory
    "\07\11\02\04call\00\00\06memory\02\00"  ;; exports
    "\0c\01\01"                              ;; data count
    "\0a\04\01\02\00\0b"                     ;; code: nothing
    "\0b\07\01\00A\00\0b\01x"                ;; data
)
