import CPlanish
import PlanishCore

extension Shape {
  /// Reads a caller's struct, which may be older or newer than this library's: what an older one lacks is zero, and a
  /// newer one may have nothing but zeros where this library knows no field.
  init(_ norm: UnsafePointer<planish_layer_norm>?) throws(Fault) {
    guard let norm else { throw .null("norm") }
    let known = MemoryLayout<planish_layer_norm>.size
    let oldest = 120  // bytes, of version 0.1; it stays when the struct grows
    let plausible = 4096
    let bytes = UnsafeRawPointer(norm)
    let size = bytes.loadUnaligned(as: UInt.self)
    guard size >= oldest, size <= plausible else {
      throw .badStruct("norm.size", size: Int(clamping: size), known: known)
    }
    for i in known..<Swift.max(known, Int(size)) where bytes.load(fromByteOffset: i, as: UInt8.self) != 0 {
      throw .badStruct("norm.size", size: Int(size), known: known)
    }
    var copy = planish_layer_norm()
    withUnsafeMutableBytes(of: &copy) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: bytes, count: Swift.min(known, Int(size))))
    }
    guard copy.reserved == 0 else { throw .badReserved("norm.reserved", Int(copy.reserved)) }
    let dtype = try Dtype("dtype", copy.dtype)
    self.init(dtype: dtype, rows: Int(copy.rows), features: Int(copy.features), eps: copy.eps)
    weightDtype = try Dtype("weight_dtype", copy.weight_dtype, same: dtype)
    biasDtype = try Dtype("bias_dtype", copy.bias_dtype, same: dtype)
    inner = copy.inner == 0 ? 1 : Int(copy.inner)
    x = Strides(row: Int(copy.x_stride), feature: Int(copy.x_feature_stride))
    y = Strides(row: Int(copy.y_stride), feature: Int(copy.y_feature_stride))
    dy = Strides(row: Int(copy.dy_stride), feature: Int(copy.dy_feature_stride))
    dx = Strides(row: Int(copy.dx_stride), feature: Int(copy.dx_feature_stride))
  }
}
