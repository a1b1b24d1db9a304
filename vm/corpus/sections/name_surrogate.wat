;; incident: A name with half of a surrogate pair.
(module binary
    "\00asm\01\00\00\00"                        ;; magic and version
    "\01\04\01`\00\00"                          ;; types: () -> ()
    "\03\02\01\00"                              ;; functions
    "\07\0e\02\04call\00\00\03\ed\a0\80\00\00"  ;; exports
    "\0a\04\01\02\00\0b"                        ;; code: nothing
)
