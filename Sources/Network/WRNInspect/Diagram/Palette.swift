// SPDX-License-Identifier: Apache-2.0

/// The colours of Okabe and Ito, which colour-blind readers tell apart, chosen so that their lightness differs in grey print too.
///
/// - Reference: Okabe & Ito 2008, "Color Universal Design".
enum Palette {
    static let ink = "#1a1a1a"
    static let paleInk = "#595959"
    static let line = "#d0d0d0"
    static let paper = "#ffffff"
    static let blue = "#0072b2"
    static let sky = "#56b4e9"
    static let green = "#009e73"
    static let orange = "#e69f00"
    static let yellow = "#f0e442"
}
