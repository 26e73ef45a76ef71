// SPDX-License-Identifier: Apache-2.0

/// The instructions that are carried out; the names are those of Python's `pickletools`.
///
/// Absent by intent: `INST`, `OBJ`, `NEWOBJ_EX`, `EXT1`, `EXT2`, `EXT4`, and buffers outside the
/// file.
package enum PickleInstruction: UInt8 {
    case mark = 0x28
    case stop = 0x2E
    case pop = 0x30
    case popMark = 0x31
    case duplicate = 0x32
    case float = 0x46
    case int = 0x49
    case binInt = 0x4A
    case binInt1 = 0x4B
    case long = 0x4C
    case binInt2 = 0x4D
    case none = 0x4E
    case reduce = 0x52
    case string = 0x53
    case binString = 0x54
    case shortBinString = 0x55
    case unicode = 0x56
    case binUnicode = 0x58
    case append = 0x61
    case build = 0x62
    case global = 0x63
    case dict = 0x64
    case appends = 0x65
    case get = 0x67
    case binGet = 0x68
    case longBinGet = 0x6A
    case list = 0x6C
    case put = 0x70
    case binPut = 0x71
    case longBinPut = 0x72
    case setItem = 0x73
    case tuple = 0x74
    case setItems = 0x75
    case emptyDict = 0x7D
    case emptyList = 0x5D
    case emptyTuple = 0x29
    case binFloat = 0x47
    case binBytes = 0x42
    case shortBinBytes = 0x43
    case proto = 0x80
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case newTrue = 0x88
    case newFalse = 0x89
    case long1 = 0x8A
    case long4 = 0x8B
    case shortBinUnicode = 0x8C
    case binUnicode8 = 0x8D
    case binBytes8 = 0x8E
    case stackGlobal = 0x93
    case memoize = 0x94
    case frame = 0x95
    case byteArray8 = 0x96
    // Only for vocabularies that list them.
    case persistentID = 0x50
    case binPersistentID = 0x51
    case newObject = 0x81
    case emptySet = 0x8F
    case addItems = 0x90
    case frozenSet = 0x91

    /// Whether every pickle may have it.
    package var isOfPlainData: Bool {
        switch self {
        case .persistentID, .binPersistentID, .newObject, .emptySet, .addItems, .frozenSet: false
        default: true
        }
    }
}
