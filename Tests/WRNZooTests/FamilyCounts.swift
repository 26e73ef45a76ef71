// SPDX-License-Identifier: Apache-2.0

import Testing

/// What is known of a network on images of its usual size.
///
/// The numbers were counted on models built in PyTorch for the purpose, and agree with
/// torchvision's metadata, the authors' logs and pytorchcv's assertions where those have the
/// network. Convolutions include 1x1 shortcuts; statistics are the floats of running means and
/// variances.
struct FamilyCounts: Sendable, CustomTestStringConvertible {
    let name: String
    let classes: Int
    let parameters: Int
    let statistics: Int
    let convolutions: Int
    let normalizations: Int
    let multiplyAdds: Int

    var testDescription: String { "\(name), \(classes) classes" }

    init(
        _ name: String, _ classes: Int, _ parameters: Int, _ statistics: Int, _ convolutions: Int,
        _ normalizations: Int, _ multiplyAdds: Int
    ) {
        self.name = name
        self.classes = classes
        self.parameters = parameters
        self.statistics = statistics
        self.convolutions = convolutions
        self.normalizations = normalizations
        self.multiplyAdds = multiplyAdds
    }

    static let all = [
        // name, classes, parameters, statistics, convolutions, normalisations, multiply-adds
        FamilyCounts("wrn-40-2-b131", 10, 953_306, 5_408, 40, 37, 138_855_680),
        FamilyCounts("wrn-40-2-b31", 10, 1_211_354, 5_408, 40, 37, 176_604_416),
        FamilyCounts("wrn-40-2-b13", 10, 1_297_370, 5_408, 40, 37, 189_187_328),
        FamilyCounts("wrn-40-2-b311", 10, 867_290, 5_408, 40, 37, 126_272_768),
        FamilyCounts("wrn-28-2", 10, 1_467_610, 3_616, 28, 25, 214_353_152),
        FamilyCounts("wrn-22-2-b313", 10, 735_578, 2_720, 22, 19, 107_398_400),
        FamilyCounts("wrn-40-2-b3", 10, 2_243_546, 5_408, 40, 37, 327_599_360),
        FamilyCounts("wrn-40-2", 10, 2_243_546, 5_408, 40, 37, 327_599_360),
        FamilyCounts("wrn-40-2-b333", 10, 2_243_546, 5_408, 40, 37, 327_599_360),
        FamilyCounts("wrn-40-2-b3333", 10, 2_243_546, 5_408, 40, 37, 327_599_360),
        FamilyCounts("preact-resnet-164", 10, 1_703_258, 24_224, 166, 163, 244_500_992),
        FamilyCounts("preact-resnet-164", 100, 1_726_388, 24_224, 166, 163, 244_524_032),
        FamilyCounts("preact-resnet-1001", 10, 10_327_706, 149_216, 1003, 1000, 1_487_849_984),
        FamilyCounts("preact-resnet-1001", 100, 10_350_836, 149_216, 1003, 1000, 1_487_873_024),
        FamilyCounts("resnet-20", 10, 269_722, 1_376, 19, 19, 40_551_040),
        FamilyCounts("resnet-20", 100, 275_572, 1_376, 19, 19, 40_556_800),
        FamilyCounts("resnet-20-b", 10, 272_474, 1_568, 21, 21, 40_813_184),
        FamilyCounts("resnet-20-b", 100, 278_324, 1_568, 21, 21, 40_818_944),
        FamilyCounts("resnet-32", 10, 464_154, 2_272, 31, 31, 68_862_592),
        FamilyCounts("resnet-32", 100, 470_004, 2_272, 31, 31, 68_868_352),
        FamilyCounts("resnet-32-b", 10, 466_906, 2_464, 33, 33, 69_124_736),
        FamilyCounts("resnet-32-b", 100, 472_756, 2_464, 33, 33, 69_130_496),
        FamilyCounts("resnet-44", 10, 658_586, 3_168, 43, 43, 97_174_144),
        FamilyCounts("resnet-44", 100, 664_436, 3_168, 43, 43, 97_179_904),
        FamilyCounts("resnet-44-b", 10, 661_338, 3_360, 45, 45, 97_436_288),
        FamilyCounts("resnet-44-b", 100, 667_188, 3_360, 45, 45, 97_442_048),
        FamilyCounts("resnet-56", 10, 853_018, 4_064, 55, 55, 125_485_696),
        FamilyCounts("resnet-56", 100, 858_868, 4_064, 55, 55, 125_491_456),
        FamilyCounts("resnet-56-b", 10, 855_770, 4_256, 57, 57, 125_747_840),
        FamilyCounts("resnet-56-b", 100, 861_620, 4_256, 57, 57, 125_753_600),
        FamilyCounts("resnet-110", 10, 1_727_962, 8_096, 109, 109, 252_887_680),
        FamilyCounts("resnet-110", 100, 1_733_812, 8_096, 109, 109, 252_893_440),
        FamilyCounts("resnet-110-b", 10, 1_730_714, 8_288, 111, 111, 253_149_824),
        FamilyCounts("resnet-110-b", 100, 1_736_564, 8_288, 111, 111, 253_155_584),
        FamilyCounts("resnet-1202", 10, 19_421_274, 89_632, 1201, 1201, 2_829_238_912),
        FamilyCounts("resnet-1202", 100, 19_427_124, 89_632, 1201, 1201, 2_829_244_672),
        FamilyCounts("resnet-1202-b", 10, 19_424_026, 89_824, 1203, 1203, 2_829_501_056),
        FamilyCounts("resnet-1202-b", 100, 19_429_876, 89_824, 1203, 1203, 2_829_506_816),
        FamilyCounts("preact-resnet-110", 10, 1_730_522, 8_096, 111, 109, 253_149_824),
        FamilyCounts("resnet-18", 1000, 11_689_512, 9_600, 20, 20, 1_814_073_344),
        FamilyCounts("resnet-34", 1000, 21_797_672, 17_024, 36, 36, 3_663_761_408),
        FamilyCounts("resnet-50", 1000, 25_557_032, 53_120, 53, 53, 4_089_184_256),
        FamilyCounts("resnet-101", 1000, 44_549_160, 105_344, 104, 104, 7_801_405_440),
        FamilyCounts("resnet-152", 1000, 60_192_808, 151_424, 155, 155, 11_513_626_624),
        FamilyCounts("wrn-18-1.5", 1000, 25_875_816, 14_528, 21, 21, 3_866_327_040),
        FamilyCounts("wrn-18-2", 1000, 45_618_216, 19_328, 21, 21, 6_695_706_624),
        FamilyCounts("wrn-18-3", 1000, 101_783_976, 28_928, 21, 21, 14_724_378_624),
        FamilyCounts("wrn-34-1.5", 1000, 48_613_608, 25_664, 37, 37, 8_028_125_184),
        FamilyCounts("wrn-34-2", 1000, 86_036_008, 34_176, 37, 37, 14_094_458_880),
        FamilyCounts("wrn-34-3", 1000, 192_712_872, 51_200, 37, 37, 31_371_571_200),
        FamilyCounts("wrn-50-2", 1000, 68_883_240, 68_224, 53, 53, 11_398_021_120),
        FamilyCounts("wrn-101-2", 1000, 126_886_696, 137_856, 104, 104, 22_753_050_624),
        FamilyCounts("wrn-152-2", 1000, 174_658_344, 199_296, 155, 155, 34_108_080_128),
        FamilyCounts("wrn-50-1.5", 1000, 44_390_824, 60_672, 53, 53, 7_281_180_672),
        FamilyCounts("preact-resnet-200", 1000, 64_666_280, 168_448, 203, 200, 14_776_270_848),
        FamilyCounts("wrn-40-2-b131-table2", 10, 1_429_082, 8_096, 58, 55, 208_061_696),
        FamilyCounts("wrn-40-2-b311-table2", 10, 1_343_066, 8_096, 58, 55, 195_478_784),
        FamilyCounts("wrn-22-2-b313-table2", 10, 1_145_498, 4_064, 31, 28, 167_167_232),
        FamilyCounts("resnet-164", 10, 1_704_154, 25_120, 166, 166, 247_646_720),
        FamilyCounts("resnet-164", 100, 1_727_284, 25_120, 166, 166, 247_669_760),
        FamilyCounts("resnet-1001", 10, 10_328_602, 150_112, 1003, 1003, 1_490_995_712),
        FamilyCounts("resnet-1001", 100, 10_351_732, 150_112, 1003, 1003, 1_491_018_752),
    ]
}
