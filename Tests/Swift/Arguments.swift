/// What a call for two rows of four features is given, with blanks in all outputs.
struct Arguments {
  static let rows = 2
  static let features = 4

  var x: [Float]
  var dy: [Float]
  var weight: [Float]
  var bias: [Float]
  var y: [Float]
  var mean: [Float]
  var rstd: [Float]
  var dx: [Float]
  var dweight: [Float]
  var dbias: [Float]

  /// One argument has `wrongCount` elements, all others as many as they must have.
  init(_ wrong: String = "", count wrongCount: Int = 0) {
    func count(_ name: String, _ right: Int) -> Int { name == wrong ? wrongCount : right }
    func ramp(_ count: Int) -> [Float] { (0..<count).map { Float($0) } }
    let elements = Arguments.rows * Arguments.features
    x = ramp(count("x", elements))
    dy = ramp(count("dy", elements))
    weight = ramp(count("weight", Arguments.features))
    bias = ramp(count("bias", Arguments.features))
    y = blank(count("y", elements))
    mean = blank(count("mean", Arguments.rows))
    rstd = blank(count("rstd", Arguments.rows))
    dx = blank(count("dx", elements))
    dweight = blank(count("dweight", Arguments.features))
    dbias = blank(count("dbias", Arguments.features))
  }

  /// How many elements an argument must have.
  static func rightCount(of argument: String) -> Int {
    switch argument {
    case "x", "dy", "y", "dx": rows * features
    case "mean", "rstd": rows
    default: features
    }
  }

  /// Counts that are not right: none, one off, one row off, twice as many.
  static func wrongCounts(of argument: String) -> [Int] {
    let right = rightCount(of: argument)
    return [0, right - 1, right + 1, right - features, right + features, 2 * right].filter { $0 >= 0 }
  }

  /// Counts that are no whole number of rows.
  static let partialRows = [1, 3, 5, 7, 9]
}
