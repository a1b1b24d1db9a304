;; instrumentation version 3, 632 bytes, blake3 0x8b1c5f69fbdac230fe772efaf57be95a124f1241904b6499431cd7b3e7ca42b8
(module
  (type (;0;) (func))
  (type (;1;) (func (param i32)))
  (type (;2;) (func (param i32) (result i32)))
  (import "argosy" "__memory_grow" (func (;0;) (type 2)))
  (memory (;0;) 1 256)
  (global (;0;) (mut i64) i64.const 0)
  (global (;1;) (mut i32) i32.const 0)
  (export "memory" (memory 0))
  (export "arms" (func 2))
  (export "skipped" (func 3))
  (export "loops" (func 4))
  (export "dead" (func 5))
  (export "__gas" (global 0))
  (export "__depth" (global 1))
  (func (;1;) (type 0)
    (local i64)
    block ;; label = @1
      global.get 0
      i64.const 3
      i64.sub
      local.tee 0
      global.set 0
      local.get 0
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      i32.const 8
      i32.lt_s
      br_if 0 (;@1;)
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
  (func (;2;) (type 1) (param i32)
    (local i64 i32)
    block ;; label = @1
      global.get 0
      i64.const 7
      i64.sub
      local.tee 1
      global.set 0
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      local.tee 2
      i32.const 10
      i32.lt_s
      br_if 0 (;@1;)
      local.get 2
      i32.const 10
      i32.sub
      global.set 1
      block ;; label = @2
        local.get 0
        if ;; label = @3
          local.get 1
          i64.const 9
          i64.sub
          local.set 1
          local.get 1
          global.set 0
          call 1
          global.get 0
          local.set 1
          nop
        else
          local.get 1
          i64.const 4
          i64.sub
          local.set 1
          nop
        end
        nop
        local.get 1
        global.set 0
      end
      local.get 2
      global.set 1
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
  (func (;3;) (type 1) (param i32)
    (local i64 i32)
    block ;; label = @1
      global.get 0
      i64.const 12
      i64.sub
      local.tee 1
      global.set 0
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      local.tee 2
      i32.const 10
      i32.lt_s
      br_if 0 (;@1;)
      local.get 2
      i32.const 10
      i32.sub
      global.set 1
      block ;; label = @2
        block ;; label = @3
          call 1
          global.get 0
          local.set 1
          local.get 0
          br_if 0 (;@3;)
          local.get 1
          i64.const 5
          i64.sub
          local.tee 1
          global.set 0
          local.get 1
          i64.const 0
          i64.lt_s
          br_if 2 (;@1;)
          local.get 0
          br_if 0 (;@3;)
          local.get 1
          i64.const 4
          i64.sub
          local.set 1
          nop
        end
        nop
        local.get 1
        global.set 0
      end
      local.get 2
      global.set 1
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
  (func (;4;) (type 1) (param i32)
    (local i64 i32)
    block ;; label = @1
      global.get 0
      i64.const 4
      i64.sub
      local.tee 1
      global.set 0
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      local.tee 2
      i32.const 10
      i32.lt_s
      br_if 0 (;@1;)
      local.get 2
      i32.const 10
      i32.sub
      global.set 1
      block ;; label = @2
        loop ;; label = @3
          local.get 1
          i64.const 5
          i64.sub
          local.tee 1
          global.set 0
          local.get 1
          i64.const 0
          i64.lt_s
          br_if 2 (;@1;)
          local.get 0
          br_if 0 (;@3;)
        end
        loop ;; label = @3
          local.get 1
          i64.const 8
          i64.sub
          local.tee 1
          global.set 0
          local.get 1
          i64.const 0
          i64.lt_s
          br_if 2 (;@1;)
          call 1
          global.get 0
          local.set 1
          loop ;; label = @4
            local.get 1
            i64.const 5
            i64.sub
            local.tee 1
            global.set 0
            local.get 1
            i64.const 0
            i64.lt_s
            br_if 3 (;@1;)
            local.get 0
            br_if 0 (;@4;)
            local.get 1
            i64.const 5
            i64.sub
            local.set 1
            local.get 0
            br_if 1 (;@3;)
            local.get 1
            i64.const 12
            i64.sub
            local.set 1
          end
          local.get 0
          local.get 1
          global.set 0
          call 0
          global.get 0
          local.set 1
          drop
          local.get 0
          br_if 0 (;@3;)
          local.get 1
          i64.const 4
          i64.sub
          local.set 1
        end
        nop
        local.get 1
        global.set 0
      end
      local.get 2
      global.set 1
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
  (func (;5;) (type 1) (param i32)
    (local i64 i32)
    block ;; label = @1
      global.get 0
      i64.const 11
      i64.sub
      local.tee 1
      global.set 0
      local.get 1
      i64.const 0
      i64.lt_s
      br_if 0 (;@1;)
      global.get 1
      local.tee 2
      i32.const 10
      i32.lt_s
      br_if 0 (;@1;)
      local.get 2
      i32.const 10
      i32.sub
      global.set 1
      block ;; label = @2
        block ;; label = @3
          call 1
          global.get 0
          local.set 1
          br 0 (;@3;)
          call 1
          local.get 0
          br_if 0 (;@3;)
          local.get 1
          i64.const 4
          i64.sub
          local.set 1
          nop
        end
        nop
        local.get 1
        global.set 0
      end
      local.get 2
      global.set 1
      return
    end
    i32.const -1
    global.set 1
    unreachable
  )
)
