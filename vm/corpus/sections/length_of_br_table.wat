;; incident: A table of four billion targets.
(module binary
    "\00asm\01\00\00\00"                          ;; magic and version
    "\01\04\01`\00\00"                            ;; types: () -> ()
    "\03\02\01\00"                                ;; functions
    "\07\08\01\04call\00\00"                      ;; exports: call
    "\0a\0e\01\0c\00A\00\0e\ff\ff\ff\ff\0f\00\00\0b"  ;; code: br_table
)
