// SPDX-License-Identifier: Apache-2.0

extension Operation {
    private static func json(_ schema: String) -> JSONValue {
        ["application/json": ["schema": .schema(schema)]]
    }

    /// The statuses of refusals of a request with a body.
    private static let refusalsOfBodies = [400, 404, 408, 413, 415, 417, 422, 500, 503]

    // MARK: Images

    static let classify = Operation(
        name: "classify",
        summary: "The classes of an image, or of each image of a form, in their order.",
        group: "images",
        parameters: [
            [
                "name": "model", "in": "query",
                "description": "The name of a model; the first one where it is missing.",
                "schema": ["type": "string"],
            ],
            [
                "name": "top", "in": "query",
                "description": .text(
                    "The classes of each image in the answer, the likeliest first; with map=true "
                        + "and without class at most \(ClassificationOptions.mappedClassLimit)."),
                "schema": [
                    "type": "integer", "minimum": 1,
                    "maximum": .number(ClassificationOptions.classLimit), "default": 5,
                ],
            ],
            [
                "name": "map", "in": "query",
                "description": "Whether the answer has class activation maps of these classes.",
                "schema": ["type": "boolean", "default": false],
            ],
            [
                "name": "class", "in": "query",
                "description": .text(
                    "The class of the map in place of the likeliest ones, by its name or its "
                        + "number from 0; with map=true only."),
                "schema": ["type": "string"],
            ],
        ],
        body: [
            "image/jpeg": [:], "image/png": [:], "image/webp": [:],
            "application/octet-stream": [:],
            "multipart/form-data": [
                "schema": [
                    "type": "object", "required": ["image"],
                    "properties": [
                        "image": ["type": "array", "minItems": 1, "items": [:]]
                    ],
                    "description": "Each part is an image, whatever it is called.",
                ],
                "encoding": ["image": ["contentType": "image/jpeg, image/png, image/webp"]],
            ],
        ],
        answer: json("Classification"), refusals: refusalsOfBodies)

    // MARK: The Open Inference Protocol

    static let server = Operation(
        name: "server", summary: "The server, its version and its extensions.", group: "protocol",
        answer: json("Server"))

    static let live = Operation(
        name: "live", summary: "Whether the server runs.", group: "protocol",
        answer: json("Live"))

    static let ready = Operation(
        name: "ready", summary: "Whether the server takes requests and goes on.",
        group: "protocol", answer: json("Ready"), refusals: [503])

    static let models = Operation(
        name: "models", summary: "The names of the models, the default one first.",
        group: "protocol", answer: json("Models"))

    /// The description of a model.
    static func model(versioned: Bool) -> Operation {
        Operation(
            name: versioned ? "modelVersion" : "model", summary: "A model's tensors.",
            group: "protocol", answer: json("Model"), refusals: [404])
    }

    /// The readiness of a model.
    static func modelReady(versioned: Bool) -> Operation {
        Operation(
            name: versioned ? "modelVersionReady" : "modelReady",
            summary: "Whether a model answers requests.", group: "protocol",
            answer: json("ModelReady"), refusals: [404, 503])
    }

    /// An inference.
    static func infer(versioned: Bool) -> Operation {
        Operation(
            name: versioned ? "inferVersion" : "infer",
            summary: "Probabilities or logits of images, in JSON or with binary tensors.",
            group: "protocol",
            parameters: [
                [
                    "name": "Inference-Header-Content-Length", "in": "header",
                    "description": "The bytes of the JSON, where binary tensors follow it.",
                    "schema": ["type": "integer", "minimum": 0],
                ]
            ],
            body: [
                "application/json": [
                    "schema": .schema("InferenceRequest"),
                    "examples": [
                        "image": [
                            "summary": "A file in Base64; here a picture of one pixel.",
                            "value": [
                                "inputs": [
                                    [
                                        "name": "images", "datatype": "BYTES", "shape": [1],
                                        "data": [.text(onePixel)],
                                    ]
                                ],
                                "outputs": [
                                    [
                                        "name": "probabilities",
                                        "parameters": ["classification": 3],
                                    ]
                                ],
                            ],
                        ]
                    ],
                ],
                "application/octet-stream": [:],
            ],
            answer: [
                "application/json": ["schema": .schema("InferenceAnswer")],
                "application/octet-stream": [:],
            ],
            answerHeaders: [
                "Inference-Header-Content-Length": [
                    "description": "The bytes of the JSON, where binary tensors follow it.",
                    "schema": ["type": "integer", "minimum": 1],
                ]
            ], refusals: refusalsOfBodies)
    }

    /// A PNG of one pixel in Base64.
    private static let onePixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mNoaGgAAAMEAYF1LgG8AAAAAElFTkSu"
        + "QmCC"

    // MARK: The page, and what the people need who run the server

    static let page = Operation(
        name: "page", summary: "A page on which people classify pictures.", group: "operation",
        answer: ["text/html": ["schema": ["type": "string"]]])

    static let icon = Operation(
        name: "icon", summary: "The icon of the page.", group: "operation",
        answer: ["image/svg+xml": ["schema": ["type": "string"]]])

    static let description = Operation(
        name: "description", summary: "This description.", group: "operation",
        answer: ["application/json": ["schema": ["type": "object"]]])

    static let metrics = Operation(
        name: "metrics", summary: "Counters and histograms for Prometheus.", group: "operation",
        answer: ["text/plain": ["schema": ["type": "string"]]])
}

extension ModelServer {
    /// The schemas of requests and answers.
    static let schemas: JSONValue = [
        "Refusal": object(["error": ["type": "string", "description": "One sentence."]]),
        "Classification": object([
            "model": ["type": "string", "description": "The name of the model."],
            "images": [
                "type": "array", "description": "One for each image, in their order.",
                "items": object(
                    [
                        "predictions": ["type": "array", "items": .schema("Prediction")],
                        "unknown": [
                            "type": "boolean",
                            "description": .text(
                                "Whether the likeliest class has less than the model's threshold; "
                                    + "missing where the model has none."),
                        ],
                        "maps": ["type": "array", "items": .schema("ClassMap")],
                    ], optional: ["maps", "unknown"]),
            ],
        ]),
        "Prediction": object([
            "class_index": .reference("schemas/ClassIndex"), "class_name": ["type": "string"],
            "probability": ["type": "number", "minimum": 0, "maximum": 1],
        ]),
        "ClassIndex": ["type": "integer", "minimum": 0],
        "ClassMap": object([
            "class_index": .reference("schemas/ClassIndex"), "class_name": ["type": "string"],
            "logit": ["type": "number"], "map": .schema("Map"),
        ]),
        "Map": object([
            "height": extent("The rows of the grid."), "width": extent("The columns of the grid."),
            "values": [
                "type": "array", "items": ["type": "number"],
                "description": "The grid row by row; its mean and the head's bias are the logit.",
            ],
            "region": .schema("Region"), "picture_height": extent("The rows of the picture."),
            "picture_width": extent("The columns of the picture."),
        ]),
        "Region": described(
            "The part of the picture that the grid covers, in pixels; it may reach beyond it.",
            object([
                "top": ["type": "number"], "left": ["type": "number"],
                "height": ["type": "number"], "width": ["type": "number"],
            ])),
        "Server": object([
            "name": ["type": "string"], "version": ["type": "string"],
            "extensions": ["type": "array", "items": ["type": "string"]],
        ]),
        "Live": object(["live": ["type": "boolean"]]),
        "Ready": object(["ready": ["type": "boolean"]]),
        "Models": object(["models": ["type": "array", "items": ["type": "string"]]]),
        "Model": object([
            "name": ["type": "string"],
            "versions": ["type": "array", "items": ["type": "string"]],
            "platform": ["type": "string"],
            "inputs": [
                "type": "array", "items": .schema("TensorDescription"),
                "description": "A request has one of them.",
            ],
            "outputs": ["type": "array", "items": .schema("TensorDescription")],
        ]),
        "TensorDescription": object([
            "name": ["type": "string"], "datatype": ["type": "string"],
            "shape": [
                "type": "array", "items": ["type": "integer", "minimum": -1],
                "description": "-1 for the number of images.",
            ],
        ]),
        "ModelReady": object(["name": ["type": "string"], "ready": ["type": "boolean"]]),
        "InferenceRequest": [
            "type": "object", "required": ["inputs"],
            "properties": [
                "id": [
                    "type": ["string", "null"], "description": "A text that the answer repeats.",
                ],
                "parameters": parameters([
                    "binary_data_output": [
                        "type": ["boolean", "null"],
                        "description": "Whether outputs follow the JSON as binary data.",
                    ],
                    "timeout": [
                        "type": ["integer", "null"], "minimum": 0,
                        "description": "The microseconds to the answer; 0 for the server's limit.",
                    ],
                ]),
                "inputs": [
                    "type": "array", "minItems": 1, "maxItems": 1, "items": .schema("Input"),
                ],
                "outputs": [
                    "type": ["array", "null"], "maxItems": .number(ServedTensor.outputs.count),
                    "items": .schema("Output"),
                ],
            ],
        ],
        "Input": [
            "oneOf": [
                input(
                    "images", "BYTES", "Files of images, in Base64.", rank: 1...2,
                    ["type": "string", "format": "byte", "contentEncoding": "base64"]),
                input(
                    "input", "FP32",
                    "(pixel / 255 - mean) / deviation, [n, channels, height, "
                        + "width].", rank: 4...4, ["type": "number"]),
                input(
                    "pixels", "UINT8",
                    "Pixels of the network's size, [n, height, width, "
                        + "channels].", rank: 4...4,
                    ["type": "integer", "minimum": 0, "maximum": 255]),
            ]
        ],
        "Output": [
            "type": "object", "required": ["name"],
            "properties": [
                "name": [
                    "type": "string", "enum": .list(ServedTensor.outputs.map(JSONValue.text)),
                ],
                "parameters": parameters([
                    "binary_data": ["type": ["boolean", "null"]],
                    "classification": [
                        "type": ["integer", "null"], "minimum": 1,
                        "description": "So many classes as texts value:number:name.",
                    ],
                ]),
            ],
        ],
        "InferenceAnswer": object(
            [
                "id": ["type": "string"], "model_name": ["type": "string"],
                "model_version": ["type": "string"],
                "outputs": [
                    "type": "array",
                    "items": object(
                        [
                            "name": ["type": "string"],
                            "datatype": ["type": "string", "enum": ["FP32", "BYTES"]],
                            "shape": ["type": "array", "items": ["type": "integer"]],
                            "data": ["type": "array", "items": ["type": ["number", "string"]]],
                            "parameters": object(["binary_data_size": ["type": "integer"]]),
                        ], optional: ["data", "parameters"]),
                ],
            ], optional: ["id"]),
    ]

    /// An object with these properties and no other.
    private static func object(
        _ properties: [String: JSONValue], optional: Set<String> = []
    ) -> JSONValue {
        [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
            "required": .list(
                properties.keys.filter { !optional.contains($0) }.sorted().map(JSONValue.text)),
        ]
    }

    private static func described(_ text: String, _ schema: JSONValue) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        members["description"] = .text(text)
        return .object(members)
    }

    private static func extent(_ text: String) -> JSONValue {
        ["type": "integer", "minimum": 1, "description": .text(text)]
    }

    /// The parameters of a request, of an input or of an output; unknown ones are left to others.
    private static func parameters(_ properties: [String: JSONValue]) -> JSONValue {
        ["type": ["object", "null"], "properties": .object(properties)]
    }

    private static func input(
        _ name: String, _ type: String, _ text: String, rank: ClosedRange<Int>,
        _ element: JSONValue
    ) -> JSONValue {
        [
            "type": "object", "title": .text(name), "description": .text(text),
            "required": ["name", "datatype", "shape"],
            "properties": [
                "name": ["type": "string", "const": .text(name)],
                "datatype": ["type": "string", "const": .text(type)],
                "shape": [
                    "type": "array", "minItems": .number(rank.lowerBound),
                    "maxItems": .number(rank.upperBound),
                    "items": ["type": "integer", "minimum": 1],
                ],
                "data": [
                    "type": ["array", "null"],
                    "description": "The elements in row-major order, nested or not.",
                    "items": ["anyOf": [element, ["type": "array"]]],
                ],
                "parameters": parameters([
                    "binary_data_size": [
                        "type": ["integer", "null"], "minimum": 0,
                        "description": "The bytes of the input after the JSON, in place of data.",
                    ]
                ]),
            ],
        ]
    }
}
