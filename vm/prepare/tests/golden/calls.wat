;; instrumentation version 1, 253 bytes, blake3 0xfd575e616921ab91595e5490079ddba19b57261ca14650c388615c22dc482209
(module
  (type (;0;) (func (param i32) (result i32)))
  (type (;1;) (func (result i32)))
  (table (;0;) 1 1 funcref)
  (global (;0;) (mut i64) i64.const 0)
  (global (;1;) (mut i32) i32.const 0)
  (export "f" (func 1))
  (export "__gas" (global 0))
  (export "__depth" (global 1))
  (elem (;0;) (i32.const 0) func 0)
  (func (;0;) (type 0) (param i32) (result i32)
    global.get 0
    i64.const 9
    i64.sub
    global.set 0
    global.get 0
    i64.const 0
    i64.lt_s
    if ;; label = @1
      unreachable
    end
    global.get 1
    i32.const 11
    i32.sub
    global.set 1
    global.get 1
    i32.const 0
    i32.lt_s
    if ;; label = @1
      unreachable
    end
    block (result i32) ;; label = @1
      block (result i32) ;; label = @2
        local.get 0
        local.get 0
        br_table 0 (;@2;) 1 (;@1;)
      end
      global.get 0
      i64.const 4
      i64.sub
      global.set 0
      global.get 0
      i64.const 0
      i64.lt_s
      if ;; label = @2
        unreachable
      end
      if ;; label = @2
        global.get 0
        i64.const 10
        i64.sub
        global.set 0
        global.get 0
        i64.const 0
        i64.lt_s
        if ;; label = @3
          unreachable
        end
        i32.const 1
        call 0
        br 1 (;@1;)
      end
      global.get 0
      i64.const 4
      i64.sub
      global.set 0
      global.get 0
      i64.const 0
      i64.lt_s
      if ;; label = @2
        unreachable
      end
      i32.const 2
    end
    global.get 1
    i32.const 11
    i32.add
    global.set 1
  )
  (func (;1;) (type 1) (result i32)
    global.get 0
    i64.const 13
    i64.sub
    global.set 0
    global.get 0
    i64.const 0
    i64.lt_s
    if ;; label = @1
      unreachable
    end
    global.get 1
    i32.const 10
    i32.sub
    global.set 1
    global.get 1
    i32.const 0
    i32.lt_s
    if ;; label = @1
      unreachable
    end
    block (result i32) ;; label = @1
      i32.const 7
      i32.const 0
      call_indirect (type 0)
    end
    global.get 1
    i32.const 10
    i32.add
    global.set 1
  )
)
