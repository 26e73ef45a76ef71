// SPDX-License-Identifier: Apache-2.0

import Testing

/// What is known of WRN-`depth`-`width` on 32x32 colour images: the paper's networks and their
/// common relatives.
///
/// The numbers were counted on models built for the purpose in PyTorch, not with this package.
struct PaperCounts: Sendable, CustomTestStringConvertible {
    let depth: Int
    let width: Double
    let classes: Int
    let parameters: Int
    let statistics: Int
    let convolutions: Int
    let normalizations: Int
    let multiplyAdds: Int

    init(
        _ depth: Int, _ width: Double, _ classes: Int, _ parameters: Int, _ statistics: Int,
        _ convolutions: Int, _ normalizations: Int, _ multiplyAdds: Int
    ) {
        self.depth = depth
        self.width = width
        self.classes = classes
        self.parameters = parameters
        self.statistics = statistics
        self.convolutions = convolutions
        self.normalizations = normalizations
        self.multiplyAdds = multiplyAdds
    }

    var testDescription: String { "WRN-\(depth)-\(Int(width)), \(classes) classes" }

    /// Depth, width, classes; trainable parameters, running statistics, convolutions, batch
    /// normalisations, multiply-adds.
    static let all: [PaperCounts] = [
        PaperCounts(10, 1, 10, 77_850, 480, 9, 7, 12_501_632),
        PaperCounts(10, 1, 100, 83_700, 480, 9, 7, 12_507_392),
        PaperCounts(10, 2, 10, 303_706, 928, 10, 7, 44_483_840),
        PaperCounts(10, 2, 100, 315_316, 928, 10, 7, 44_495_360),
        PaperCounts(16, 1, 10, 175_066, 928, 15, 13, 26_657_408),
        PaperCounts(16, 1, 100, 180_916, 928, 15, 13, 26_663_168),
        PaperCounts(16, 2, 10, 691_674, 1_824, 16, 13, 101_106_944),
        PaperCounts(16, 2, 100, 703_284, 1_824, 16, 13, 101_118_464),
        PaperCounts(16, 4, 10, 2_748_890, 3_616, 16, 13, 392_612_352),
        PaperCounts(16, 4, 100, 2_772_020, 3_616, 16, 13, 392_635_392),
        PaperCounts(16, 8, 10, 10_961_370, 7_200, 16, 13, 1_548_145_664),
        PaperCounts(16, 8, 100, 11_007_540, 7_200, 16, 13, 1_548_191_744),
        PaperCounts(16, 10, 10, 17_116_634, 8_992, 16, 13, 2_412_173_568),
        PaperCounts(16, 10, 100, 17_174_324, 8_992, 16, 13, 2_412_231_168),
        PaperCounts(22, 2, 10, 1_079_642, 2_720, 22, 19, 157_730_048),
        PaperCounts(22, 2, 100, 1_091_252, 2_720, 22, 19, 157_741_568),
        PaperCounts(22, 8, 10, 17_158_106, 10_784, 22, 19, 2_454_115_328),
        PaperCounts(22, 8, 100, 17_204_276, 10_784, 22, 19, 2_454_161_408),
        PaperCounts(22, 10, 10, 26_797_914, 13_472, 22, 19, 3_827_751_168),
        PaperCounts(22, 10, 100, 26_855_604, 13_472, 22, 19, 3_827_808_768),
        PaperCounts(28, 1, 10, 369_498, 1_824, 27, 25, 54_968_960),
        PaperCounts(28, 1, 100, 375_348, 1_824, 27, 25, 54_974_720),
        PaperCounts(28, 2, 10, 1_467_610, 3_616, 28, 25, 214_353_152),
        PaperCounts(28, 2, 100, 1_479_220, 3_616, 28, 25, 214_364_672),
        PaperCounts(28, 4, 10, 5_849_050, 7_200, 28, 25, 845_597_184),
        PaperCounts(28, 4, 100, 5_872_180, 7_200, 28, 25, 845_620_224),
        PaperCounts(28, 8, 10, 23_354_842, 14_368, 28, 25, 3_360_084_992),
        PaperCounts(28, 8, 100, 23_401_012, 14_368, 28, 25, 3_360_131_072),
        PaperCounts(28, 10, 10, 36_479_194, 17_952, 28, 25, 5_243_328_768),
        PaperCounts(28, 10, 100, 36_536_884, 17_952, 28, 25, 5_243_386_368),
        PaperCounts(28, 12, 10, 52_517_850, 21_536, 28, 25, 7_543_905_792),
        PaperCounts(28, 12, 100, 52_587_060, 21_536, 28, 25, 7_543_974_912),
        PaperCounts(34, 10, 10, 46_160_474, 22_432, 34, 31, 6_658_906_368),
        PaperCounts(34, 10, 100, 46_218_164, 22_432, 34, 31, 6_658_963_968),
        PaperCounts(40, 1, 10, 563_930, 2_720, 39, 37, 83_280_512),
        PaperCounts(40, 1, 100, 569_780, 2_720, 39, 37, 83_286_272),
        PaperCounts(40, 2, 10, 2_243_546, 5_408, 40, 37, 327_599_360),
        PaperCounts(40, 2, 100, 2_255_156, 5_408, 40, 37, 327_610_880),
        PaperCounts(40, 4, 10, 8_949_210, 10_784, 40, 37, 1_298_582_016),
        PaperCounts(40, 4, 100, 8_972_340, 10_784, 40, 37, 1_298_605_056),
        PaperCounts(40, 8, 10, 35_748_314, 21_536, 40, 37, 5_172_024_320),
        PaperCounts(40, 8, 100, 35_794_484, 21_536, 40, 37, 5_172_070_400),
        PaperCounts(40, 10, 10, 55_841_754, 26_912, 40, 37, 8_074_483_968),
        PaperCounts(40, 10, 100, 55_899_444, 26_912, 40, 37, 8_074_541_568),
        PaperCounts(46, 10, 10, 65_523_034, 31_392, 46, 43, 9_490_061_568),
        PaperCounts(46, 10, 100, 65_580_724, 31_392, 46, 43, 9_490_119_168),
        PaperCounts(52, 1, 10, 758_362, 3_616, 51, 49, 111_592_064),
        PaperCounts(52, 1, 100, 764_212, 3_616, 51, 49, 111_597_824),
        PaperCounts(52, 2, 10, 3_019_482, 7_200, 52, 49, 440_845_568),
        PaperCounts(52, 2, 100, 3_031_092, 7_200, 52, 49, 440_857_088),
        PaperCounts(58, 10, 10, 84_885_594, 40_352, 58, 55, 12_321_216_768),
        PaperCounts(58, 10, 100, 84_943_284, 40_352, 58, 55, 12_321_274_368),
        PaperCounts(64, 4, 10, 15_149_530, 17_952, 64, 61, 2_204_551_680),
        PaperCounts(64, 4, 100, 15_172_660, 17_952, 64, 61, 2_204_574_720),
        PaperCounts(70, 16, 10, 266_796_506, 78_880, 70, 67, 38_764_210_176),
        PaperCounts(70, 16, 100, 266_888_756, 78_880, 70, 67, 38_764_302_336),
    ]
}
