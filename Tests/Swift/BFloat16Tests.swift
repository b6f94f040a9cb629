import Planish
import Testing

@Suite struct BFloat16Tests {
  @Test func everyPatternComesBack() {
    for bits in UInt16.min...UInt16.max {
      let value = BFloat16(bitPattern: bits)
      let back = BFloat16(Float(value))
      let quiet: UInt16 = value.isNaN ? 0x40 : 0
      guard back.bitPattern == bits | quiet else {
        Issue.record("\(bits) comes back as \(back.bitPattern)")
        return
      }
    }
  }

  /// Against the neighbours of every tie, found with `nextUp`.
  @Test func roundsToTheNearestAndTiesToEven() {
    for bits in stride(from: UInt16(0), to: 0x7f7f, by: 1) {
      let (low, high) = (BFloat16(bitPattern: bits), BFloat16(bitPattern: bits + 1))
      let tie = Float(bitPattern: UInt32(bits) << 16 | 0x8000)
      let even = bits.isMultiple(of: 2) ? low : high
      guard BFloat16(tie) == even, BFloat16(tie.nextDown) == low, BFloat16(tie.nextUp) == high,
        BFloat16(-tie) == BFloat16(-Float(even))
      else {
        Issue.record("\(tie) rounds to \(BFloat16(tie))")
        return
      }
    }
  }

  @Test func theEnds() {
    #expect(Float(BFloat16(Float.greatestFiniteMagnitude)) == .infinity)
    #expect(Float(BFloat16(-Float.infinity)) == -.infinity)
    #expect(BFloat16(bitPattern: 0x7f7f).isFinite && !BFloat16(bitPattern: 0x7f80).isFinite)
    #expect(BFloat16(Float.nan).isNaN && BFloat16(Float.signalingNaN).isNaN && BFloat16(-Float.nan).isNaN)
    #expect(BFloat16(Float.leastNonzeroMagnitude).bitPattern == 0)
    #expect(BFloat16(-0.0 as Float).bitPattern == 0x8000)
  }

  @Test func comparesAsNumbers() {
    let (zero, minusZero, nan): (BFloat16, BFloat16, BFloat16) = (0, BFloat16(bitPattern: 0x8000), BFloat16(.nan))
    #expect(zero == minusZero && zero.hashValue == minusZero.hashValue)
    #expect(nan != nan && !(nan < zero) && !(zero < nan))
    #expect((-1.5 as BFloat16) < 2 && [3, 1, 2].max() == (3 as BFloat16))
    #expect("\(0.5 as BFloat16)" == "0.5")
    #expect(Double(0.5 as BFloat16) == 0.5)
  }
}
