;; incident: Four bytes.
(module binary
    "\00asm")
