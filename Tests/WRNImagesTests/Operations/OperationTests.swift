// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

@Suite("Image operations")
struct OperationTests {
    @Test("make the bytes that torchvision on Pillow makes, of small images")
    func smallImages() throws {
        let fixture = try OperationFixture.read()
        let images = Dictionary(uniqueKeysWithValues: fixture.images.map { ($0.name, $0.image) })
        #expect(fixture.cases.count > 500)
        for expected in fixture.cases {
            let image = try #require(images[expected.image])
            let operation = try #require(
                OperationFixture.operation(expected.operation, expected.argument))
            let wrong = zip(image.applying(operation).pixels, expected.pixels)
                .enumerated().filter { $0.element.0 != $0.element.1 }
            #expect(
                wrong.isEmpty,
                "\(expected.image), \(operation): \(wrong.count) bytes differ, \(wrong.prefix(3))")
        }
    }

    @Test("make the bytes that torchvision on Pillow makes, of larger images")
    func largerImages() throws {
        let fixture = try OperationFixture.read()
        #expect(fixture.digests.count > 300)
        for expected in fixture.digests {
            let image = OperationFixture.noise(
                height: expected.height, width: expected.width, channels: expected.channels)
            let operation = try #require(
                OperationFixture.operation(expected.operation, expected.argument))
            let digest = OperationFixture.digest(image.applying(operation).pixels)
            #expect(
                digest == expected.digest,
                "\(expected.height)x\(expected.width)x\(expected.channels), \(operation)")
        }
    }

    @Test("leave an image as it is where they should")
    func identities() {
        let image = OperationFixture.noise(height: 11, width: 8, channels: 3)
        let operations: [ImageOperation] = [
            .identity, .shearX(0), .shearY(0), .translateX(0), .translateY(0), .rotate(0),
            .rotate(720), .rotate(-1e-300), .brightness(1), .contrast(1), .saturation(1),
            .sharpness(1), .posterize(8), .solarize(256),
        ]
        for operation in operations {
            #expect(image.applying(operation) == image, "\(operation)")
        }
        #expect(image.inverted().inverted() == image)
        #expect(image.rotated(degrees: 180).rotated(degrees: 180) == image)
    }

    @Test("stay in their bounds whatever finite number they are given")
    func extremes() {
        let image = OperationFixture.noise(height: 5, width: 6, channels: 3)
        let numbers = [
            0, -0.0, 1e-308, 1e300, -1e300, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
            Double.leastNonzeroMagnitude, 32_768, -32_768, 1e9, -1e9,
        ]
        for number in numbers {
            let operations: [ImageOperation] = [
                .shearX(number), .shearY(number), .rotate(number), .brightness(number),
                .contrast(number), .saturation(number), .sharpness(number), .solarize(number),
            ]
            for operation in operations {
                #expect(image.applying(operation).pixels.count == 90, "\(operation)")
            }
        }
        let nothing = [UInt8](repeating: 0, count: 90)
        for pixels in [Int.max, Int.min, 6, -6] {
            #expect(image.translated(right: pixels, down: 0).pixels == nothing)
            #expect(image.translated(right: 0, down: pixels).pixels == nothing)
        }
        #expect(image.solarized(from: .nan).pixels == image.inverted().pixels)
    }

    @Test("say what they are")
    func descriptions() {
        let said = [
            ImageOperation.rotate(-12), .shearX(0.099), .posterize(4), .equalize, .translateY(-3),
            .brightness(1.2000000001), .solarize(1e300),
        ].map(\.description)
        #expect(
            said == [
                "rotate -12", "shearX 0.099", "posterize 4", "equalize", "translateY -3",
                "brightness 1.2", "solarize 1e+300",
            ])
    }
}
