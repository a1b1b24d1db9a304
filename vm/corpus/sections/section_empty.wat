;; incident: A section of no bytes, not even its count.
(module binary
    "\00asm\01\00\00\00"  ;; magic and version
    "\01\00"              ;; types
)
