// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNPlan
import WRNTestSupport

@testable import WRNRuns

@Suite("What photographs choose")
struct PhotographDefaultsTests {
    private func epochs(
        _ kind: PhotographDefaults.Kind, _ images: Int, side: Int = 32
    ) -> Int {
        PhotographDefaults(kind, images: images, usualSide: side).epochs
    }

    @Test("Few photographs get many epochs, and many few, within bounds")
    func length() {
        #expect([100, 400, 1000, 3000].map { epochs(.training, $0) } == [100, 50, 20, 20])
        #expect([100, 270, 1000, 3000].map { epochs(.fineTuning, $0) } == [80, 74, 20, 10])
        #expect(
            [100, 500, 5000].map { epochs(.fineTuning, $0, side: 224) } == [10, 6, 3])
        #expect(epochs(.training, 0) == 100 && epochs(.training, .max / 2) == 20)
    }

    @Test("The batch grows with the photographs from random weights, and not to fine-tune")
    func batch() {
        let counts = [4999, 5000, 19_999, 20_000]
        #expect(
            counts.map { PhotographDefaults(.training, images: $0, usualSide: 32).batch }
                == [32, 64, 64, 128])
        #expect(PhotographDefaults(.fineTuning, images: 20_000, usualSide: 32).batch == 32)
    }

    @Test("The images are at most half as large as half of the photographs")
    func size() {
        func sides(_ medians: [Int], usual: Int) -> [Int] {
            medians.map { PhotographDefaults.imageSide(medianSide: $0, usualSide: usual) }
        }
        #expect(sides([1, 95, 96, 127, 128, 4000], usual: 32) == [32, 32, 48, 48, 64, 64])
        #expect(sides([1, 4000], usual: 224) == [224, 224])
    }

    @Test("The recipe is modern with other epochs, unless a setting does not act in it")
    func recipe() throws {
        let defaults = PhotographDefaults(.training, images: 1000, usualSide: 32)
        func chosen(_ key: String?, _ value: SettingValue = .flag(true)) throws -> Recipe {
            var given = Recipe(name: "")
            if let key { try given.set(key, value, file: "--set") }
            return defaults.recipe(beside: given)
        }
        var expected = try Recipe.named("modern")
        (expected.epochs, expected.batch) = (defaults.epochs, 32)
        #expect(try chosen(nil) == expected)
        #expect(try chosen("learning_rate", .number(0.05)) == expected)
        #expect(try chosen("schedule", .text("cosine")) == expected)
        #expect(try chosen("optimizer", .text("sgd")) == expected)
        var numbers = Recipe(name: "")
        (numbers.epochs, numbers.batch) = (defaults.epochs, 32)
        #expect(try chosen("optimizer", .text("adamw")) == numbers)
        #expect(try chosen("milestones", .list([3, 6])) == numbers)
        let nothing = Recipe(name: "")
        let small = PhotographDefaults(.fineTuning, images: 270, usualSide: 32)
        // The recipe's own epochs are those of the photographs that it was tried on.
        #expect(try small.recipe(beside: nothing) == Recipe.named("fast-finetune"))
        let large = PhotographDefaults(.fineTuning, images: 270, usualSide: 224)
        #expect(large.recipe(beside: nothing).name.isEmpty)
    }

    @Test("Photographs of one class are refused")
    func oneClass() throws {
        let images = try LabelledImages(
            name: "mine", channels: 1, height: 1, width: 1, pixels: [1, 2], labels: [0, 0],
            classNames: ["cat"])
        let error = #expect(throws: TrainingError.self) { try PhotographDefaults.check(images) }
        #expect(error?.code == .dataMismatch)
        #expect(
            error?.message.hasPrefix("mine: there is only one class ('cat'), so nothing") == true)
        #expect(throws: Never.self) { try PhotographDefaults.check(Formula.images(20)) }
    }
}
