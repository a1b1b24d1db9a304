//! The tier by itself, on modules that are written as instrumentation would leave them.

mod adapter; // a foreign ABI: arguments through allocations of the contract
mod features; // what wasmi must refuse
mod seam; // sessions that call back into the instance
mod shapes; // imports of every shape
