// SPDX-License-Identifier: Apache-2.0
(() => {
  "use strict";
  const element = (id) => document.getElementById(id);

  // MARK: Languages

  const texts = {
    en: {
      title: "What does the picture show?",
      model: "Model",
      drop: "Drop a picture here, paste one, or choose one below.",
      formats: "JPEG, PNG or WebP. It goes to this server only, which does not keep it.",
      picture: "Picture",
      choose: "Choose a picture",
      camera: "Use the camera",
      shoot: "Take the picture",
      cancel: "Cancel",
      release: "Drop the picture",
      answer: "Answer",
      waiting: "The likeliest classes of the picture appear here, and where the network looked.",
      busy: "Classifying …",
      legend: "Choose a class to see which parts of the picture support it.",
      fixedLegend: "The likeliest classes. This model has no map of where it looked.",
      more: (count) => `Show ${count} more`,
      less: "Show fewer",
      show: "Show where the network looked",
      strength: "Strength",
      little: "weak support",
      much: "strong support",
      places: [
        "at the upper left", "at the top", "at the upper right", "on the left", "in the middle",
        "on the right", "at the lower left", "at the bottom", "at the lower right",
      ],
      reading: (name, place, rows, columns) =>
        `The support for “${name}” is strongest ${place}. The map is coarse: ` +
        `${rows}\u00a0×\u00a0${columns} cells.`,
      nothing: (name) => `No part of the picture supports “${name}”.`,
      unseen: "The network does not see the grey parts.",
      detail: (share, model, milliseconds) => `${share} · ${model} · ${milliseconds}\u00a0ms`,
      unknown: "unknown",
      unsure: (name, detail) =>
        `Too unsure for this model's threshold; likeliest: ${name}, ${detail}`,
      shown: "The picture",
      mapped: (name) => `The picture; the parts that support “${name}” are bright`,
      tokenLabel: "Token of this server",
      tokenNote: "Kept only until this page is closed.",
      tokenUse: "Use it",
      tokenChange: "Change the token",
      tokenMissing: "This server answers only with a token; enter it first.",
      several: (count) => `The first of ${count} files is shown.`,
      noFile: "That was no file; save the picture first, or copy it and paste it here.",
      unreachable: "The server does not answer; check that it runs, then try again.",
      unreadable: (status) => `The server's answer cannot be read (status ${status}).`,
      cameraRefused: "The browser gives no access to the camera; permit it for this page.",
      api: "Description of the API (OpenAPI)",
    },
    ko: {
      title: "이 사진은 무엇일까요?",
      model: "모델",
      drop: "사진을 여기에 끌어다 놓거나, 붙여 넣거나, 아래에서 고르세요.",
      formats: "JPEG, PNG, WebP 파일을 읽습니다. 사진은 이 서버로만 보내며 저장하지 않습니다.",
      picture: "사진",
      choose: "사진 고르기",
      camera: "카메라로 찍기",
      shoot: "찍기",
      cancel: "취소",
      release: "사진을 놓으세요",
      answer: "결과",
      waiting: "가능성이 높은 분류와 신경망이 눈여겨본 곳이 여기에 나타납니다.",
      busy: "분류하는 중 …",
      legend: "분류를 고르면 그렇게 판단한 근거를 사진 위에 보여 줍니다.",
      fixedLegend: "가능성이 높은 분류입니다. 이 모델은 눈여겨본 곳을 보여 주지 못합니다.",
      more: (count) => `${count}개 더 보기`,
      less: "간단히 보기",
      show: "신경망이 눈여겨본 곳 보기",
      strength: "진하기",
      little: "약한 근거",
      much: "강한 근거",
      places: [
        "왼쪽 위", "위쪽", "오른쪽 위", "왼쪽", "가운데", "오른쪽", "왼쪽 아래", "아래쪽",
        "오른쪽 아래",
      ],
      reading: (name, place, rows, columns) =>
        `‘${name}’의 근거는 ${place}에서 가장 강합니다. 지도는 ${rows}\u00a0×\u00a0${columns}칸이라, ` +
        "그보다 세밀하지 않습니다.",
      nothing: (name) => `사진에 ‘${name}’의 근거가 되는 곳이 없습니다.`,
      unseen: "회색 부분은 신경망이 보지 않는 곳입니다.",
      detail: (share, model, milliseconds) => `${share} · ${model} · ${milliseconds}\u00a0ms`,
      unknown: "알 수 없음",
      unsure: (name, detail) =>
        `이 모델의 기준보다 확신이 낮습니다. 가장 가까운 분류: ${name}, ${detail}`,
      shown: "사진",
      mapped: (name) => `사진. ‘${name}’의 근거가 되는 곳이 밝게 보입니다`,
      tokenLabel: "이 서버의 토큰",
      tokenNote: "이 페이지를 닫을 때까지만 기억합니다.",
      tokenUse: "사용하기",
      tokenChange: "토큰 바꾸기",
      tokenMissing: "이 서버는 토큰이 있어야 답합니다. 토큰을 먼저 입력하세요.",
      several: (count) => `파일 ${count}개 가운데 첫 번째만 보여 줍니다.`,
      noFile: "파일이 아닙니다. 사진을 저장해서 놓거나, 복사해서 여기에 붙여 넣으세요.",
      unreachable: "서버가 응답하지 않습니다. 서버가 실행 중인지 확인하고 다시 시도하세요.",
      unreadable: (status) => `서버의 답을 읽을 수 없습니다(상태 ${status}).`,
      cameraRefused: "브라우저가 카메라를 허용하지 않았습니다. 이 페이지에 카메라를 허용하세요.",
      api: "API 설명서(OpenAPI)",
    },
  };

  // A browser may refuse storage; then the choice lasts as long as the page.
  const remembered = () => {
    try {
      return localStorage.getItem("language");
    } catch {
      return null;
    }
  };
  const remember = (language) => {
    try {
      localStorage.setItem("language", language);
    } catch {}
  };

  let language = [remembered(), ...navigator.languages]
    .map((tag) => (tag ?? "").slice(0, 2).toLowerCase())
    .find((tag) => tag in texts) ?? "en";
  const text = (key, ...values) => {
    const found = texts[language][key];
    return typeof found === "function" ? found(...values) : found;
  };

  const translate = () => {
    document.documentElement.lang = language;
    document.title = text("title");
    for (const item of document.querySelectorAll("[data-text]")) {
      item.textContent = text(item.dataset.text);
    }
    const other = language === "ko" ? ["en", "English"] : ["ko", "한국어"];
    [element("language").lang, element("language").textContent] = other;
    showAnswer();
    showProblem();
  };
  element("language").addEventListener("click", () => {
    language = language === "ko" ? "en" : "ko";
    remember(language);
    translate();
  });

  // MARK: The server

  // A refusal's sentence, as the server wrote it, or a key of the texts above.
  let problem = null;
  const showProblem = (found = problem) => {
    problem = found;
    element("problem").hidden = !found;
    element("problem").classList.toggle("is-note", found?.key === "several");
    const words = found?.sentence ?? (found ? text(found.key, ...(found.values ?? [])) : "");
    // A region that does not change is not read out again.
    if (element("problem").textContent !== words) element("problem").textContent = words;
    element("problem").lang = found?.sentence ? "en" : language;
  };

  let token = "";
  const needsToken = document.body.dataset.token === "true";

  const request = async (path, options = {}) => {
    const headers = token ? { Authorization: `Bearer ${token}` } : {};
    let response;
    try {
      response = await fetch(path, { ...options, headers, cache: "no-store" });
    } catch (error) {
      throw error.name === "AbortError" ? error : { key: "unreachable" };
    }
    const answer = await response.json().catch((error) => {
      throw error.name === "AbortError" ? error : { key: "unreadable", values: [response.status] };
    });
    if (response.ok) return answer;
    if (response.status === 401) askForToken();
    throw answer.error
      ? { sentence: answer.error, status: response.status }
      : { key: "unreadable", values: [response.status] };
  };

  const askForToken = () => {
    element("token-form").hidden = false;
    element("token-change").hidden = true;
  };
  element("token-change").addEventListener("click", () => {
    askForToken();
    element("token").focus();
  });
  element("token-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    token = element("token").value.trim();
    if (!(await loadModels())) {
      element("token").select();
      return;
    }
    element("token").value = "";
    element("token-form").hidden = true;
    element("token-change").hidden = false;
    element("choose").focus();
    if (picture) classify();
  });

  const loadModels = async () => {
    try {
      const { models } = await request("v2/models");
      element("model").replaceChildren(...models.map((name) => new Option(name, name)));
      element("model-field").hidden = models.length < 2;
      showProblem(null);
      return true;
    } catch (error) {
      showProblem(error);
      return false;
    }
  };
  element("model").addEventListener("change", () => {
    if (picture) classify();
  });

  // MARK: The picture

  const canvas = element("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  // The file that is sent, what is drawn of it, and its pixels.
  let picture = null;

  const take = async (files) => {
    const file = files[0];
    if (!file) {
      showProblem({ key: "noFile" });
      return;
    }
    stopCamera();
    const bitmap = await createImageBitmap(file).catch(() => null);
    let body = file;
    if (bitmap && !["image/jpeg", "image/png", "image/webp"].includes(file.type)) {
      // The browser reads more formats than the server; the pixels stay as they are.
      body = (await encoded(bitmap, "image/png")) ?? file;
    }
    picture = { body, base: null };
    answer = null;
    showProblem(files.length > 1 ? { key: "several", values: [files.length] } : null);
    draw(bitmap);
    await classify();
  };

  const encoded = (image, type, quality) => {
    const copy = document.createElement("canvas");
    copy.width = image.videoWidth ?? image.width;
    copy.height = image.videoHeight ?? image.height;
    copy.getContext("2d").drawImage(image, 0, 0);
    return new Promise((resolve) => copy.toBlob(resolve, type, quality));
  };

  const draw = (bitmap) => {
    canvas.hidden = !bitmap;
    element("empty").hidden = Boolean(bitmap);
    element("stage").classList.toggle("is-empty", !bitmap);
    if (!bitmap) return;
    const longer = Math.max(bitmap.width, bitmap.height);
    const isSmall = longer <= 256;
    const factor = isSmall ? Math.floor(512 / longer) : Math.min(1, 1024 / longer);
    canvas.width = Math.max(Math.round(bitmap.width * factor), 1);
    canvas.height = Math.max(Math.round(bitmap.height * factor), 1);
    canvas.classList.toggle("is-small", isSmall);
    context.imageSmoothingEnabled = !isSmall;
    context.imageSmoothingQuality = "high";
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    picture.base = context.getImageData(0, 0, canvas.width, canvas.height);
    canvas.setAttribute("aria-label", text("shown"));
  };

  element("choose").addEventListener("click", () => element("file").click());
  element("file").addEventListener("change", (event) => {
    const files = [...event.target.files];
    // The same file can be chosen again.
    event.target.value = "";
    if (files.length) take(files);
  });
  element("stage").addEventListener("click", () => {
    if (element("stage").classList.contains("is-empty")) element("file").click();
  });
  document.addEventListener("paste", (event) => {
    const files = [...event.clipboardData.files];
    if (!files.length && event.target.closest?.("input")) return;
    event.preventDefault();
    take(files);
  });
  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  window.addEventListener("dragover", (event) => {
    event.preventDefault();
    event.dataTransfer.dropEffect = holdsFiles(event) ? "copy" : "none";
    element("curtain").hidden = !holdsFiles(event);
  });
  window.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) element("curtain").hidden = true;
  });
  window.addEventListener("drop", (event) => {
    event.preventDefault();
    element("curtain").hidden = true;
    take([...event.dataTransfer.files]);
  });

  // MARK: The camera

  let stream = null;
  const video = element("video");
  const showCamera = (isOn) => {
    video.hidden = !isOn;
    element("shoot").hidden = element("cancel").hidden = !isOn;
    element("choose").hidden = element("camera").hidden = isOn;
    canvas.hidden = isOn || !picture?.base;
    element("empty").hidden = isOn || Boolean(picture?.base);
    element("stage").classList.toggle("is-empty", !element("empty").hidden);
  };
  const stopCamera = () => {
    if (!stream) return;
    for (const track of stream.getTracks()) track.stop();
    stream = video.srcObject = null;
    showCamera(false);
    element("camera").focus();
  };
  element("camera").addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment" },
      });
      video.srcObject = stream;
      await video.play();
      showProblem(null);
      showCamera(true);
      element("shoot").focus();
    } catch {
      stopCamera();
      showProblem({ key: "cameraRefused" });
    }
  });
  element("shoot").addEventListener("click", async () => {
    const photograph = await encoded(video, "image/jpeg", 0.95);
    if (photograph) take([photograph]);
  });
  element("cancel").addEventListener("click", stopCamera);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stopCamera();
  });
  window.addEventListener("pagehide", stopCamera);
  // Browsers offer cameras to pages of HTTPS and of this machine only.
  navigator.mediaDevices?.enumerateDevices?.().then((devices) => {
    element("camera").hidden = !devices.some((device) => device.kind === "videoinput");
  }, () => {});

  // MARK: The answer

  const shortCount = 5;
  const longCount = 10;
  let answer = null;
  let chosen = 0;
  let isLong = false;
  let underway = null;

  const classify = async () => {
    if (needsToken && !token) {
      showProblem({ key: "tokenMissing" });
      element("token").focus();
      return;
    }
    underway?.abort();
    const own = (underway = new AbortController());
    const query = (parameters) => {
      const model = element("model").value;
      return new URLSearchParams({ ...parameters, top: longCount, ...(model && { model }) });
    };
    const post = (parameters) =>
      request(`classify?${query(parameters)}`, {
        method: "POST", body: picture.body, signal: own.signal,
      });
    document.body.classList.add("is-busy");
    // Most answers come sooner than this line could be read.
    const timer = setTimeout(() => {
      element("detail").textContent = text("busy");
    }, 200);
    const start = performance.now();
    let isNew = false;
    try {
      const found = await post({ map: true }).catch((error) => {
        if (error.status === 422) return post({});
        throw error;
      });
      answer = { ...found.images[0], model: found.model, time: performance.now() - start };
      chosen = 0;
      if (problem?.key !== "several") showProblem(null);
      isNew = true;
    } catch (error) {
      if (own.signal.aborted) return;
      answer = null;
      showProblem(error);
    } finally {
      clearTimeout(timer);
      if (underway === own) document.body.classList.remove("is-busy");
    }
    showAnswer();
    // On a telephone the answer lies below the picture.
    if (isNew) element("status").scrollIntoView({ block: "nearest" });
  };

  const percent = (share) => {
    const format = (value, digits) =>
      new Intl.NumberFormat(language, {
        style: "percent", minimumFractionDigits: digits, maximumFractionDigits: digits,
      }).format(value);
    // No class is certain, and none is impossible.
    if (share < 0.0005) return `< ${format(0.001, 1)}`;
    return share > 0.9995 ? `> ${format(0.999, 1)}` : format(share, 1);
  };

  const make = (tag, name, ...children) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...children);
    return made;
  };

  const row = (prediction, index) => {
    const bar = make("div", "bar");
    bar.style.width = `${100 * prediction.probability}%`;
    const parts = [
      make("span", "name", prediction.class_name),
      make("span", "share", percent(prediction.probability)), make("div", "track", bar),
    ];
    parts[2].setAttribute("aria-hidden", "true");
    if (!answer.maps) return make("div", "class", ...parts);
    const button = document.createElement("input");
    const isChecked = index === chosen;
    Object.assign(button, { type: "radio", name: "class", value: index, checked: isChecked });
    button.addEventListener("change", () => {
      chosen = index;
      showMap();
    });
    return make("label", "class", button, ...parts);
  };

  const showAnswer = () => {
    element("result").hidden = !answer;
    element("ghost").hidden = Boolean(answer);
    if (!answer) {
      element("headline").textContent = "";
      element("detail").textContent = text("waiting");
      if (picture?.base) showMap();
      return;
    }
    const { predictions, maps } = answer;
    const { class_name: name, probability } = predictions[0];
    const detail = text("detail", percent(probability), answer.model, Math.round(answer.time));
    element("headline").textContent = answer.unknown ? text("unknown") : name;
    element("detail").textContent = answer.unknown ? text("unsure", name, detail) : detail;
    const count = isLong ? longCount : shortCount;
    element("bars").replaceChildren(...predictions.slice(0, count).map(row));
    element("classes").classList.toggle("is-fixed", !maps);
    element("classes").querySelector("legend").textContent = text(maps ? "legend" : "fixedLegend");
    const hidden = predictions.length - shortCount;
    element("more").hidden = hidden <= 0;
    element("more").textContent = isLong ? text("less") : text("more", hidden);
    element("more").setAttribute("aria-expanded", isLong);
    showMap();
  };
  element("more").addEventListener("click", () => {
    isLong = !isLong;
    if (!isLong && chosen >= shortCount) chosen = 0;
    showAnswer();
  });

  // MARK: The map over the picture

  // From violet over red to yellow, in growing lightness: the colours of `wrn explain`.
  const stops = [[60, 10, 110], [150, 30, 110], [220, 60, 70], [250, 140, 20], [250, 230, 80]];
  const heat = Array.from({ length: 256 }, (_, index) => {
    const place = (index / 255) * (stops.length - 1);
    const first = Math.min(Math.floor(place), stops.length - 2);
    return stops[first].map((value, channel) =>
      value + (stops[first + 1][channel] - value) * (place - first));
  });
  {
    const colours = element("colours").getContext("2d");
    heat.forEach((colour, index) => {
      colours.fillStyle = `rgb(${colour.map(Math.round).join(" ")})`;
      colours.fillRect((index * 120) / 256, 0, 1, 10);
    });
  }

  // The two cells that a place between 0 and 1 lies between, and the share of the second.
  const cells = (place, count) => {
    const cell = Math.min(Math.max(place * count - 0.5, 0), count - 1);
    const first = Math.floor(cell);
    return [first, Math.min(first + 1, count - 1), cell - first];
  };

  // The map at each pixel of the canvas, the largest value as 1; NaN where nothing is seen.
  const spread = (map) => {
    const { width, height } = canvas;
    const { region, values } = map;
    const largest = Math.max(...values);
    const shares = new Float32Array(width * height).fill(NaN);
    const columns = Array.from({ length: width }, (_, x) =>
      ((x + 0.5) * map.picture_width / width - region.left) / region.width);
    const sides = columns.map((place) => cells(place, map.width));
    let isWhole = true;
    for (let y = 0; y < height; y += 1) {
      const down = ((y + 0.5) * map.picture_height / height - region.top) / region.height;
      const [top, bottom, below] = cells(down, map.height);
      for (let x = 0; x < width; x += 1) {
        if (down < 0 || down > 1 || columns[x] < 0 || columns[x] > 1) {
          isWhole = false;
          continue;
        }
        const [left, right, along] = sides[x];
        const at = (line) =>
          values[line * map.width + left] * (1 - along) + values[line * map.width + right] * along;
        const value = at(top) * (1 - below) + at(bottom) * below;
        shares[y * width + x] = largest > 0 ? Math.max(value, 0) / largest : 0;
      }
    }
    return { shares, isWhole };
  };

  let mapped = { shares: null, isWhole: true };

  const paint = () => {
    const { base } = picture;
    if (!mapped.shares || !element("show").checked) {
      context.putImageData(base, 0, 0);
      return;
    }
    const strength = element("strength").value / 100;
    const image = new ImageData(base.width, base.height);
    const [from, to] = [base.data, image.data];
    for (let index = 0; index < mapped.shares.length; index += 1) {
      const share = mapped.shares[index];
      const place = 4 * index;
      const isSeen = share === share;
      const grey = 0.15 * from[place] + 0.29 * from[place + 1] + 0.06 * from[place + 2];
      const colour = heat[isSeen ? Math.round(255 * share) : 0];
      for (let channel = 0; channel < 3; channel += 1) {
        const value = from[place + channel];
        const over = isSeen ? value * (0.65 - 0.25 * share) + colour[channel] * 0.6 * share : grey;
        to[place + channel] = value + (over - value) * strength;
      }
      to[place + 3] = from[place + 3];
    }
    context.putImageData(image, 0, 0);
  };

  const showMap = () => {
    const found = answer?.maps?.[chosen];
    element("look").hidden = !found;
    mapped = found && picture.base ? spread(found.map) : { shares: null, isWhole: true };
    if (picture?.base) {
      canvas.setAttribute(
        "aria-label",
        found && element("show").checked ? text("mapped", found.class_name) : text("shown"));
      paint();
    }
    if (!found) return;
    const { values, width, height } = found.map;
    const peak = values.indexOf(Math.max(...values));
    const third = (place, count) => Math.min(Math.floor((3 * (place + 0.5)) / count), 2);
    const place = 3 * third(Math.floor(peak / width), height) + third(peak % width, width);
    const sentences = [
      values[peak] > 0
        ? text("reading", found.class_name, text("places")[place], height, width)
        : text("nothing", found.class_name),
      ...(mapped.isWhole ? [] : [text("unseen")]),
    ];
    element("reading").textContent = sentences.join(" ");
  };
  element("show").addEventListener("change", showMap);
  element("strength").addEventListener("input", paint);

  translate();
  if (needsToken) askForToken();
  else loadModels();
})();
