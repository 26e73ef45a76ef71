// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import WRNBatches

@Suite("An augmentation in JSON")
struct AugmentationCodingTests {
    private func text(_ augmentation: Augmentation) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(augmentation), as: UTF8.self)
    }

    private func read(_ text: String) throws -> Augmentation {
        try JSONDecoder().decode(Augmentation.self, from: Data(text.utf8))
    }

    @Test("keeps the two keys of runs that were made before there were more")
    func oldRuns() throws {
        let old = #"{"cropPadding":4,"horizontalFlip":true}"#
        #expect(try text(.standard) == old)
        #expect(try read(old) == .standard)
        #expect(try text(.none) == #"{"cropPadding":0,"horizontalFlip":false}"#)
    }

    @Test("names flips that alternate, and refuses other words for a flip")
    func flips() throws {
        let alternate = Augmentation(horizontalFlip: .alternate, cropPadding: 2)
        let written = #"{"cropPadding":2,"horizontalFlip":"alternate"}"#
        #expect(try text(alternate) == written)
        #expect(try read(written) == alternate)
        for word in ["\"random\"", "\"never\"", "2", "null"] {
            #expect(throws: DecodingError.self) {
                try read(#"{"cropPadding":2,"horizontalFlip":"# + word + "}")
            }
        }
    }

    @Test("has a key for all that is done, and comes back as it was")
    func everything() throws {
        let all = Augmentation(
            horizontalFlip: true, cropPadding: 2, cropBorder: .zero,
            randomResizedCrop: Augmentation.RandomResizedCrop(scale: 0.25...1, ratio: 0.5...2),
            policy: .randAugment(operations: 3, magnitude: 12),
            colorJitter: Augmentation.ColorJitter(
                brightness: 0.5, contrast: 0.25, saturation: 2, hue: 0.125),
            lighting: 0.5,
            randomErasing: Augmentation.RandomErasing(
                probability: 0.25, scale: 0.125...0.5, ratio: 0.5...2),
            cutout: 16, mixup: 0.25, cutmix: 1)
        let written = try text(all)
        #expect(
            written
                == #"{"colorJitter":{"brightness":0.5,"contrast":0.25,"hue":0.125,"saturation":2},"#
                + #""cropBorder":"zero","cropPadding":2,"cutmix":1,"cutout":16,"horizontalFlip":true,"#
                + #""lighting":0.5,"mixup":0.25,"policy":{"randAugment":{"magnitude":12,"operations":3}},"#
                + #""randomErasing":{"probability":0.25,"ratio":[0.5,2],"scale":[0.125,0.5]},"#
                + #""randomResizedCrop":{"ratio":[0.5,2],"scale":[0.25,1]}}"#)
        #expect(try read(written) == all)
        var trivial = Augmentation.none
        trivial.policy = .trivialAugmentWide
        #expect(
            try text(trivial)
                == #"{"cropPadding":0,"horizontalFlip":false,"policy":{"trivialAugmentWide":{}}}"#)
        #expect(try read(text(trivial)) == trivial)
    }

    @Test(
        "is refused, not half read, where it is wrong",
        arguments: [
            #"{"cropPadding":4}"#, #"{"horizontalFlip":true}"#,
            #"{"cropPadding":4,"horizontalFlip":true,"cropBorder":"wrap"}"#,
            #"{"cropPadding":4,"horizontalFlip":true,"policy":{"fastAugment":{}}}"#,
            #"{"cropPadding":4,"horizontalFlip":true,"randomResizedCrop":{"ratio":[1,2],"scale":[1,0.5]}}"#,
            #"{"cropPadding":4,"horizontalFlip":true,"mixup":"much"}"#,
        ])
    func mistakes(_ text: String) {
        #expect(throws: DecodingError.self) { try read(text) }
    }
}
