// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRandom

@testable import WRNAudit

@Suite("The check of labels")
struct LabelCheckTests {
    /// Normal numbers of deviation 1 around a place of its own for each class, of 5 dimensions.
    private func row(_ index: Int, around label: Int, distance: Double = 4) -> [Float] {
        let random = RandomStream(seed: 11, purpose: .shuffling, item: index)
        return (0..<5).map { place in
            let noise = random.normals(at: place).0
            return Float(noise + (place == label ? distance : 0))
        }
    }

    private func table(_ rows: [[Float]]) -> FeatureTable {
        var table = FeatureTable(count: rows.count, dimension: rows[0].count)
        for (index, row) in rows.enumerated() { table.set(row, at: index) }
        return table
    }

    @Test("Swapped labels are doubtful first, with the class that the features have")
    func findsSwapped() throws {
        let truth = (0..<200).map { $0 % 4 }
        var labels = truth
        let swapped = Set(stride(from: 3, to: 200, by: 17))
        for index in swapped { labels[index] = (truth[index] + 1) % 4 }
        let features = table(truth.enumerated().map { row($0, around: $1, distance: 6) })
        let check = try LabelCheck(features, labels: labels, classes: 4, copies: [])
        #expect(check.checkedCount == 200)
        #expect(Set(check.doubts.prefix(swapped.count).map(\.image)) == swapped)
        for doubt in check.doubts.prefix(swapped.count) {
            #expect(doubt.suggestion == truth[doubt.image])
            #expect(doubt.probability < 0.1 && doubt.suggestedProbability > 0.9)
        }
        let ratios = check.doubts.map(\.logRatio)
        #expect(ratios == ratios.sorted())
        let agreement = try #require(check.agreement)
        #expect(abs(agreement - (1 - Double(swapped.count) / 200)) < 0.02)
    }

    @Test("A copy in another fold does not confirm a wrong label")
    func copiesShareAFold() throws {
        // Image 0 has the features of class 0, the label 1, and 30 copies with the same label.
        let truth = (0..<120).map { $0 % 2 }
        var rows = truth.enumerated().map { row($0, around: $1, distance: 8) }
        var labels = truth
        for _ in 0..<30 { rows.append(row(0, around: 0, distance: 8)) }
        labels += Array(repeating: 1, count: 30)
        let group = CopyGroup(
            images: [0] + Array(120..<150), isExact: true, similarity: 1, isMirrored: false)
        labels[0] = 1
        let check = try LabelCheck(table(rows), labels: labels, classes: 2, copies: [group])
        #expect(Set(check.doubts.map(\.image)).isSuperset(of: group.images))
    }

    @Test("An image far from all classes is found, one between two classes is not")
    func findsFarImages() throws {
        var rows = (0..<200).map { row($0, around: $0 % 4) }
        rows[7] = [40, 0, 0, 0, -40]
        rows[8] = [2, 2, 0, 0, 0]
        let check = try LabelCheck(
            table(rows), labels: (0..<200).map { $0 % 4 }, classes: 4, copies: [])
        #expect(check.farImages.map(\.image) == [7])
    }

    @Test("Small classes are not checked, and one class alone is none")
    func smallClasses() throws {
        let labels = (0..<60).map { $0 < 6 ? 2 : $0 % 2 }
        let rows = labels.enumerated().map { row($0, around: $1) }
        let check = try LabelCheck(table(rows), labels: labels, classes: 3, copies: [])
        #expect(check.uncheckedClasses == [2] && check.checkedCount == 54)
        #expect(check.doubts.allSatisfy { labels[$0.image] != 2 && $0.suggestion != 2 })
        let alone = try LabelCheck(
            table(Array(rows[6...])), labels: Array(repeating: 0, count: 54), classes: 2, copies: []
        )
        #expect(alone.agreement == nil && alone.doubts.isEmpty && alone.checkedCount == 0)
    }

    @Test("Copies of one image are one image of their class, whose labels are not checked")
    func copiesOfOneImage() throws {
        let labels = (0..<60).map { $0 % 2 } + Array(repeating: 2, count: 12)
        let rows = labels.enumerated().map { row(min($0, 60), around: $1) }
        let group = CopyGroup(
            images: Array(60..<72), isExact: true, similarity: 1, isMirrored: false)
        let check = try LabelCheck(table(rows), labels: labels, classes: 3, copies: [group])
        #expect(check.uncheckedClasses == [2] && check.checkedCount == 60)
        #expect(check.doubts.allSatisfy { $0.logRatio.isFinite && labels[$0.image] != 2 })
    }

    @Test("A label that no other fold has an example of is not checked there")
    func labelOfOneFold() throws {
        // Each image of the class 2 follows its copy of the class 0, of which every fifth is in the
        // same fold.
        let labels = (0..<100).map { $0 / 50 } + Array(repeating: 2, count: 10)
        let rows = labels.enumerated().map { row($0, around: $1) }
        let groups = (0..<10).map { number in
            CopyGroup(
                images: [5 * number, 100 + number], isExact: true, similarity: 1, isMirrored: false)
        }
        let check = try LabelCheck(table(rows), labels: labels, classes: 3, copies: groups)
        #expect(check.uncheckedClasses.isEmpty && check.checkedCount == 100)
        #expect(check.doubts.allSatisfy { $0.logRatio.isFinite && labels[$0.image] != 2 })
        #expect((check.agreement ?? 0) > 0.5)
    }

    @Test("Features without any spread give no answer, instead of one of noise")
    func constantFeatures() throws {
        let check = try LabelCheck(
            table(Array(repeating: [1, 2, 3], count: 40)), labels: (0..<40).map { $0 % 2 },
            classes: 2, copies: [])
        #expect(check.agreement == nil && check.doubts.isEmpty && check.farImages.isEmpty)
        #expect(check.checkedCount == 0)
    }

    @Test("The classifier is the formula's, computed the slow way in two dimensions")
    func formula() throws {
        let points: [([Double], Int)] = [
            ([0, 0], 0), ([2, 1], 0), ([1, 2], 0), ([5, 5], 1), ([7, 6], 1), ([6, 4], 1),
            ([6, 5], 1),
        ]
        var sums = DiscriminantSums(dimension: 2, classes: 2)
        for (point, label) in points {
            point.map(Float.init).withUnsafeBufferPointer { sums.add($0, label: label) }
        }
        let model = try #require(LinearDiscriminant(sums))
        let means = [[1.0, 1.0], [6.0, 5.0]]
        var within = [0.0, 0.0, 0.0]  // xx, xy, yy
        for (point, label) in points {
            let (x, y) = (point[0] - means[label][0], point[1] - means[label][1])
            within[0] += x * x / 5
            within[1] += x * y / 5
            within[2] += y * y / 5
        }
        let a = LinearDiscriminant.shrinkage
        let trace = within[0] + within[2]
        let (xx, xy) = ((1 - a) * within[0] + a * trace / 2, (1 - a) * within[1])
        let yy = (1 - a) * within[2] + a * trace / 2
        let determinant = xx * yy - xy * xy
        func squareDistance(_ x: Double, _ y: Double, _ label: Int) -> Double {
            let (u, v) = (x - means[label][0], y - means[label][1])
            return (yy * u * u - 2 * xy * u * v + xx * v * v) / determinant
        }
        let answer = [Float(3), 4].withUnsafeBufferPointer { model.answer(to: $0) }
        let (near, far) = (squareDistance(3, 4, 0), squareDistance(3, 4, 1))
        let odds = 3.0 / 4 * exponential((far - near) / 2)
        #expect(abs(answer.probability(of: 0) - odds / (1 + odds)) < 1e-12)
        #expect(abs(answer.distance - min(near, far).squareRoot()) < 1e-12)
    }

    /// The sum of the series, so that the test needs no library of mathematics.
    private func exponential(_ x: Double) -> Double {
        var (sum, term) = (1.0, 1.0)
        for count in 1..<200 {
            term *= x / Double(count)
            sum += term
        }
        return sum
    }
}
