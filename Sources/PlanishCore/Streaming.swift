/// Which results go past the caches: below some size they are as fast through them, and may be found there afterwards.
///
/// Measured on a machine with 1 MiB of second cache a CPU and 32 MiB of last cache. One thread alone is faster past the
/// caches from 8 MiB on, inputs and outputs together, and in backward, which has twice the inputs, from 16 MiB on. Several
/// threads have more nearest caches, and would all wait for the same memory: they are not before 20 MiB, and up to 32 MiB
/// it is best to let every other piece of forward stay. Where features lie apart, a cache line that is not read first
/// counts for more: there it is 8 MiB for all, or 16 if features do not begin with lines.
struct Streaming {
  private enum Pieces { case none, everyOther, all }
  private let pieces: Pieces

  init(_ shape: Shape, arrays: Int, threads: Int) {
    let (bytes, overflow) = (shape.normalizedRows * shape.features)
      .multipliedReportingOverflow(by: arrays * shape.dtype.size)
    let mebibytes = overflow ? Int.max : bytes >> 20
    let (isAlone, isForward, isApart) = (threads == 1, arrays == 2, shape.inner > 1)
    let isWhole = shape.inner &* shape.dtype.size % 64 == 0
    let least = isApart ? (isWhole ? 8 : 16) : isAlone ? (isForward ? 8 : 16) : 20
    let isMixed = !isAlone && !isApart && isForward && mebibytes < 32
    pieces = mebibytes < least ? .none : isMixed ? .everyOther : .all
  }

  /// In the form that kernels take. Of every other piece: each thread has four neighbours, and not all threads store past
  /// the caches at the same time.
  func isWanted(_ piece: Int) -> Int32 {
    switch pieces {
    case .none: 0
    case .everyOther: Int32((piece ^ piece >> 2) & 1)
    case .all: 1
    }
  }
}
