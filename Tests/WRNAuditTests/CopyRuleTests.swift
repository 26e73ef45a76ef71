// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNAudit

@Suite("What tells copies from images that only look alike")
struct CopyRuleTests {
    /// The copies among images of these similarities, which are their numbers from 0 on.
    private func copies(_ similarities: [Float], far: [Float] = []) -> Set<Int> {
        CopyRule.copies(
            among: similarities.enumerated().map {
                CopyRule.Likeness(image: $0.offset, similarity: $0.element)
            }, far: far)
    }

    private func repeated(_ similarity: Float, _ count: Int) -> [Float] {
        Array(repeating: similarity, count: count)
    }

    @Test("An image that nothing else is like is a copy from the threshold on")
    func alone() {
        #expect(copies([0.85]) == [0] && copies([0.83]).isEmpty && copies([]).isEmpty)
        #expect(copies([1, 0.9, 0.86]) == [0, 1, 2])
    }

    @Test("A similarity that many images have is no evidence, and a copy stands out from them")
    func lookAlikes() {
        let many: [Float] = (0..<100).map { 0.88 - 0.002 * Float($0) }
        #expect(copies(many).isEmpty)
        #expect(copies(many + [0.97]) == [100])
        #expect(copies(many + [0.98, 0.97, 0.975]) == [100, 101, 102])
    }

    @Test("Many copies are found together, also where one is less alike than the threshold")
    func manyCopies() {
        let many: [Float] = (0..<30).map { 0.99 - 0.005 * Float($0) }
        #expect(copies(many + [0.8, 0.79]) == Set(0..<30))
        // More than can be copies.
        #expect(copies(repeated(0.9, 400)).isEmpty)
    }

    @Test("Images with other fingerprints are counted, and are no copies")
    func far() {
        #expect(copies([0.9], far: [0.6, 0.5]) == [0])
        #expect(copies([0.9], far: repeated(0.88, 3)).isEmpty)
        // Where all that were looked at are that alike, there may be more.
        let four = repeated(0.9, 4)
        #expect(copies(four, far: repeated(0.8, CopyRule.farCount)).isEmpty)
        #expect(copies(four, far: repeated(0.8, CopyRule.farCount - 1) + [0.4]) == [0, 1, 2, 3])
    }
}
