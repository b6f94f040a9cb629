import CLibrary
import Glibc

/// The functions of a libplanish.so, which is opened by its path: the linker would give its names to the Swift library's.
struct CFunctions {
  typealias SetNumThreads = @convention(c) (Int32) -> planish_status
  typealias Forward =
    @convention(c) (
      UnsafePointer<planish_layer_norm>, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeMutableRawPointer,
      UnsafeMutableRawPointer, UnsafeMutableRawPointer
    ) -> planish_status
  typealias Backward =
    @convention(c) (
      UnsafePointer<planish_layer_norm>, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer, UnsafeRawPointer,
      UnsafeRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer
    ) -> planish_status

  let setNumThreads: SetNumThreads
  let forward: Forward
  let backward: Backward

  init(path: String) {
    guard let library = dlopen(path, RTLD_NOW | RTLD_LOCAL) else { fail("\(path): \(String(cString: dlerror()))") }
    func function<Function>(_ name: String, _ type: Function.Type) -> Function {
      guard let address = dlsym(library, name) else { fail("\(path) has no \(name)") }
      return unsafeBitCast(address, to: type)
    }
    setNumThreads = function("planish_set_num_threads", SetNumThreads.self)
    forward = function("planish_layer_norm_forward", Forward.self)
    backward = function("planish_layer_norm_backward", Backward.self)
  }
}

func fail(_ message: String) -> Never {
  print("beside-c: \(message)")
  exit(1)
}
