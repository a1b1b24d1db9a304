;; incident: An operator that no standard knows.
(module binary
    "\00asm\01\00\00\00"      ;; magic and version
    "\01\04\01`\00\00"        ;; types: () -> ()
    "\03\02\01\00"            ;; functions
    "\07\08\01\04call\00\00"  ;; exports: call
    "\0a\05\01\03\00\ff\0b"   ;; code
)
