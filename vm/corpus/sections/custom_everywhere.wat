;; incident: Custom sections between all others, the same name each time.
(module binary
    "\00asm\01\00\00\00"      ;; magic and version
    "\00\06\01xjunk"          ;; custom
    "\01\04\01`\00\00"        ;; types: () -> ()
    "\00\02\01x"              ;; custom
    "\03\02\01\00"            ;; functions
    "\00\03\01x\00"           ;; custom
    "\07\08\01\04call\00\00"  ;; exports: call
    "\00\03\01xx"             ;; custom
    "\0a\04\01\02\00\0b"      ;; code: nothing
    "\00\06\01xjunk"          ;; custom
)
