import CPlanishKernels

/// Rows of `E` a group after the other. Three groups are under way at a time: while the results of one are written, the
/// statistics of the next one settle, and the sums of the one after it come in. So none waits.
struct ForwardPipeline<E: Element> {
  private let task: UnsafePointer<planish_forward_task>
  private let length: RowLength<E.Value>
  private let groups: RowGroups

  /// The first row of the group that is written, how many rows it has, and those that need more than the others.
  private(set) var row: Int
  private(set) var written = 0
  private(set) var hard = LaneMask(bits: 0)
  private var summed = 0
  private var new = 0
  fileprivate(set) var memory = GroupMemory<E.Value>()
  private var normalizer = LaneNormalizer<E.Value>()
  private var hardNext = LaneMask(bits: 0)

  @inline(__always)
  init(_ task: UnsafePointer<planish_forward_task>, _ length: RowLength<E.Value>, _ groups: RowGroups) {
    self.task = task
    self.length = length
    self.groups = groups
    row = groups.first &- 4 &* groups.size
  }

  /// On to the next group; false if there is none.
  @inline(never) mutating func next() -> Bool {
    row &+= groups.size
    if row >= groups.end { return false }
    written = groups.count(row)
    summed = groups.count(row &+ 2 &* groups.size)
    new = groups.count(row &+ 3 &* groups.size)
    hard = hardNext
    memory.set(normalizer)
    let next = row &+ groups.size
    let settled = groups.count(next)
    if settled > 0 {
      let (moments, hard) = memory.settle(length, eps: task.pointee.eps)
      task.pointee.storeStatistics(of: moments, next, First(count: settled))
      normalizer = LaneNormalizer(moments)
      hardNext = hard
    }
    memory.takePivots(length.features)
    return true
  }

  /// Begins rows of the groups that come later.
  @inline(__always) fileprivate mutating func begin<F: Features>(_ features: F) {
    let x = task.pointee.x
    let sumRow = row &+ 2 &* features.groupSize
    var k = 0
    while k < summed {
      let deviations = Deviations(row: x.plain(sumRow &+ k, E.self), pivot: memory.pivot(k))
      memory.set(k, F.isSixtyFour ? deviations.lanesOf64 : deviations.lanes(over: features.count))
      k &+= 1
    }
    let newRow = sumRow &+ features.groupSize
    k = 0
    while k < new {
      memory.addPivot(k, x.plain(newRow &+ k, E.self), features.count)
      k &+= 1
    }
  }
}

/// How many features rows have, and how many rows are settled together.
protocol Features {
  static var isSixtyFour: Bool { get }
  var count: Int { get }
  var groupSize: Int { get }
  func begin<E: Element>(_ pipeline: UnsafeMutablePointer<ForwardPipeline<E>>)
}

/// Of so short rows the turns of loops and calls would be half of the work: here there are none.
struct SixtyFour: Features {
  @inline(__always) static var isSixtyFour: Bool { true }
  @inline(__always) var count: Int { 64 }
  @inline(__always) var groupSize: Int { 16 }

  @inline(__always)
  func begin<E: Element>(_ pipeline: UnsafeMutablePointer<ForwardPipeline<E>>) {
    pipeline.pointee.begin(self)
  }
}

struct AnyFeatures: Features {
  @inline(__always) static var isSixtyFour: Bool { false }
  let count: Int
  /// As many as the nearest cache holds three times.
  let groupSize: Int

  @inline(never)
  func begin<E: Element>(_ pipeline: UnsafeMutablePointer<ForwardPipeline<E>>) {
    pipeline.pointee.begin(self)
  }
}
