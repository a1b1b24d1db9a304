;; incident: The section ends inside a body.
(module binary
    "\00asm\01\00\00\00"      ;; magic and version
    "\01\04\01`\00\00"        ;; types: () -> ()
    "\03\02\01\00"            ;; functions
    "\07\08\01\04call\00\00"  ;; exports: call
    "\0a\06\01\07\00A\00\1a"  ;; code: a body that says it is longer
)
