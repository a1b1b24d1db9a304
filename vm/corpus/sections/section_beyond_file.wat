;; incident: A section that says it has four gigabytes.
(module binary
    "\00asm\01\00\00\00"  ;; magic and version
    "\01\ff\ff\ff\ff\0f")
