;; incident: A custom section of no bytes: it lacks even the length of its name.
(module binary
    "\00asm\01\00\00\00"      ;; magic and version
    "\00\00"                  ;; custom
    "\01\04\01`\00\00"        ;; types: () -> ()
    "\03\02\01\00"            ;; functions
    "\07\08\01\04call\00\00"  ;; exports: call
    "\0a\04\01\02\00\0b"      ;; code: nothing
)
