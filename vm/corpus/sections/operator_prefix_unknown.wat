;; incident: A prefix with a number that no standard knows.
(module binary
    "\00asm\01\00\00\00"              ;; magic and version
    "\01\04\01`\00\00"                ;; types: () -> ()
    "\03\02\01\00"                    ;; functions
    "\07\08\01\04call\00\00"          ;; exports: call
    "\0a\08\01\06\00\fc\ff\7f\0b\0b"  ;; code
)
