import PlanishCore
public struct LayerNorm { public init() {} 
 public func t() { }
}
