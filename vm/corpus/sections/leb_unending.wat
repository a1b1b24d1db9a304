;; incident: A number without end.
(module binary
    "\00asm\01\00\00\00"                       ;; magic and version
    "\01\80\80\80\80\80\80\80\80\80\80\80\80")
