;; incident: A body without a function.
(module binary
    "\00asm\01\00\00\00"  ;; magic and version
    "\01\04\01`\00\00"    ;; types: () -> ()
    "\0a\04\01\02\00\0b"  ;; code: nothing
)
