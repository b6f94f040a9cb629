import CPlanishKernels

// Where rows lie: row r of an array [outer][features][inner] is at outer r / inner, inner r % inner.

/// In bytes, from the start of the array.
@inline(__always) func offset(of row: Int, inner: Int, _ dtype: planish_task_dtype, _ stride: Int) -> Int {
  (row / inner) &* stride + (row % inner) &* planish_element_size(dtype)
}

extension planish_input {
  /// Of an array with an `inner` of 1.
  @inline(__always) func plain<E: Element>(_ row: Int, _ element: E.Type) -> PlainRow<E> {
    PlainRow(p: data + row &* stride)
  }

  /// The same; the next row is fetched while this one is summed, if so wanted.
  @inline(__always)
  func plain<E: Element>(_ row: Int, _ element: E.Type, fetchingNext: Bool) -> PlainRow<E> {
    let p = data + row &* stride
    return PlainRow(p: p, ahead: fetchingNext ? p + stride : nil)
  }

  @inline(__always)
  func any<Value: Compute>(
    _ row: Int, inner: Int, _ dtype: planish_task_dtype, _ value: Value.Type
  ) -> AnyRow<Value> {
    AnyRow(p: data + offset(of: row, inner: inner, dtype, stride), step: step, dtype: dtype)
  }
}

extension planish_output {
  @inline(__always)
  func plain<E: Element, C: Choice>(
    _ row: Int, streaming: C.Type, _ edges: UnsafeMutablePointer<Edges<E>>
  ) -> PlainTarget<E, C> {
    PlainTarget(p: data + row &* stride, edges: edges)
  }

  /// Of vectors to be stored past the caches, the first may begin anywhere, but not inside an element.
  @inline(__always) func canStream<E: Element>(_ element: E.Type) -> Bool { Int(bitPattern: data) % E.size == 0 }

  @inline(__always)
  func any<Value: Compute>(
    _ row: Int, inner: Int, _ dtype: planish_task_dtype, _ value: Value.Type
  ) -> AnyTarget<Value> {
    AnyTarget(p: data + offset(of: row, inner: inner, dtype, stride), step: step, dtype: dtype)
  }
}
