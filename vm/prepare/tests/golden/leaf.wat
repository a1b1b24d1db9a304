;; instrumentation version 1, 216 bytes, blake3 0xfd83f3e7c97f411a2f87fc2643f8de12cac9abb1464a983de7ad5e9400ae8858
(module
  (type (;0;) (func (param i32 i64) (result i32)))
  (global (;0;) (mut i64) i64.const 0)
  (global (;1;) (mut i32) i32.const 0)
  (export "f" (func 0))
  (export "__gas" (global 0))
  (export "__depth" (global 1))
  (func (;0;) (type 0) (param i32 i64) (result i32)
    (local i32)
    global.get 0
    i64.const 4
    i64.sub
    global.set 0
    global.get 0
    i64.const 0
    i64.lt_s
    if ;; label = @1
      unreachable
    end
    global.get 1
    i32.const 13
    i32.lt_s
    if ;; label = @1
      i32.const -1
      global.set 1
      unreachable
    end
    block ;; label = @1
      loop ;; label = @2
        global.get 0
        i64.const 6
        i64.sub
        global.set 0
        global.get 0
        i64.const 0
        i64.lt_s
        if ;; label = @3
          unreachable
        end
        local.get 0
        i32.eqz
        br_if 1 (;@1;)
        global.get 0
        i64.const 6
        i64.sub
        global.set 0
        global.get 0
        i64.const 0
        i64.lt_s
        if ;; label = @3
          unreachable
        end
        local.get 1
        i64.eqz
        if ;; label = @3
          global.get 0
          i64.const 5
          i64.sub
          global.set 0
          global.get 0
          i64.const 0
          i64.lt_s
          if ;; label = @4
            unreachable
          end
          i32.const 1
          return
        else
          global.get 0
          i64.const 4
          i64.sub
          global.set 0
          global.get 0
          i64.const 0
          i64.lt_s
          if ;; label = @4
            unreachable
          end
          br 1 (;@2;)
        end
      end
    end
    global.get 0
    i64.const 8
    i64.sub
    global.set 0
    global.get 0
    i64.const 0
    i64.lt_s
    if ;; label = @1
      unreachable
    end
    i32.const 1
    local.get 0
    local.get 0
    i32.eqz
    local.set 2
    local.get 2
    select
  )
)
