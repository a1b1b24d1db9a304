;; incident: A number of six bytes.
(module binary
    "\00asm\01\00\00\00"               ;; magic and version
    "\01\84\80\80\80\80\00\01`\00\00"  ;; types
    "\03\02\01\00"                     ;; functions
    "\07\08\01\04call\00\00"           ;; exports: call
    "\0a\04\01\02\00\0b"               ;; code: nothing
)
