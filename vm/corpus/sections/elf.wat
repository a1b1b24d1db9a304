;; incident: A native program, as an engine caches it: who feeds it to the loader of compiled code runs it.
(module binary
    "\7fELF\02\01\01\00\00\00\00\00\00\00\00\00\03\00>\00")
