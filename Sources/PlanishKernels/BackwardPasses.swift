import CPlanishKernels

/// dx of one row, and its terms of dweight and dbias, each where wanted.
struct SinglePass<DY: Source, S: Source, T: Target, W: Parameter, Dx: Choice>: Pass
where DY.Value == S.Value, T.Value == S.Value, W.Value == S.Value {
  let gradient: Gradient<DY, S>
  let weight: W
  let dx: T?
  let sums: ParameterSums<S.Value>?
  let ahead: InputsAhead
  /// That is how the sums are kept, and how dx can be stored. Where it is not streamed, this is not worth the code.
  let inPairs: Bool

  @inline(__always) func run(over features: Int) {
    var i = Swift.min(dx?.head ?? 0, features)
    if i > 0 { run(0, First(count: i)) }
    if Gradient<DY, S>.comesInPairs && W.comesInPairs && T.isStreamed && inPairs, let dx {
      while i &+ 32 <= features {
        ahead.fetch(i)
        let terms = gradient.terms(i)
        dx.store(gradient.dx(terms, weight.loadPair(i)), i)
        sums?.add(i, terms)
        i &+= 32
      }
    }
    run(from: i, over: features)
  }

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    if T.isStreamed { ahead.fetch(i) }
    let terms = gradient.terms(i, extent)
    if Dx.isWanted(dx) { dx.unsafelyUnwrapped.store(gradient.dx(terms, weight.load(i, extent)), i, extent) }
    sums?.add(i, extent, terms)
  }
}

/// The same for two rows.
struct PairPass<DY: Source, S: Source, T: Target, W: Parameter, Parameters: Choice>: Pass
where DY.Value == S.Value, T.Value == S.Value, W.Value == S.Value {
  let one: Gradient<DY, S>
  let other: Gradient<DY, S>
  let weight: W
  let dx: T
  let otherDx: T
  let sums: ParameterSums<S.Value>?
  let ahead: InputsAhead
  let otherAhead: InputsAhead

  /// So that the loop has all registers to itself.
  @inline(never) func runApart(over features: Int, inPairs: Bool) {
    var i = 0
    if Gradient<DY, S>.comesInPairs && W.comesInPairs && inPairs {
      while i &+ 32 <= features {
        let (first, second) = (one.terms(i), other.terms(i))
        let weight = weight.loadPair(i)
        dx.store(one.dx(first, weight), i)
        otherDx.store(other.dx(second, weight), i)
        if Parameters.isWanted(sums) { sums.unsafelyUnwrapped.add(i, first, second) }
        i &+= 32
      }
    }
    run(from: i, over: features)
  }

  @inline(__always) func run(_ i: Int, _ extent: some Extent) {
    if T.isStreamed {
      ahead.fetch(i)
      otherAhead.fetch(i)
    }
    let first = one.terms(i, extent)
    let second = other.terms(i, extent)
    let weight = weight.load(i, extent)
    dx.store(one.dx(first, weight), i, extent)
    otherDx.store(other.dx(second, weight), i, extent)
    if Parameters.isWanted(sums) { sums.unsafelyUnwrapped.add(i, extent, first, second) }
  }
}

struct InputsAhead {
  let x: Ahead
  let dy: Ahead

  @inline(__always) func fetch(_ i: Int) {
    x.fetch(i)
    dy.fetch(i)
  }
}
