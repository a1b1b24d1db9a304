;; incident: The file ends inside the size of a section.
(module binary
    "\00asm\01\00\00\00"  ;; magic and version
    "\01\04\01`\00\00"    ;; types: () -> ()
    "\03\02\01\00"        ;; functions
    "\07\80")
