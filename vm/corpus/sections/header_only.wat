;; incident: Nothing but the header: the smallest module, with nothing to call.
(module binary
    "\00asm\01\00\00\00"  ;; magic and version
)
