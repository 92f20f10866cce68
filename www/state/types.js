/**
 * The shapes that the page's state is made of. Types only; nothing is exported at run time.
 *
 * @typedef {import("../engine/types.js").Trace} Trace
 * @typedef {import("../engine/types.js").Timings} Timings
 * @typedef {"philox" | "torch"} RngName
 *
 * @typedef {object} ModelChoice  What the model is made of; text as the user typed it.
 * @property {"notebook" | "bigram" | "counted" | "logits" | "recorded" | "gpt" | "smollm2" | "own-gpt"} kind  "notebook": the lesson's own weights
 * @property {string} seed       the notebook bigram's seed
 * @property {RngName} rng       the generator of its weights
 * @property {string} text       the text the counted bigram counts
 * @property {string} smoothing  what it adds to every count
 * @property {string} logits     numbers of the user's own, as pasted
 * @property {string} labels     their names, one per line; "" = their ids
 * @property {string} address    where the user's own GPT lies: an address, or a repository as "owner/name"; "" = in files
 * @property {string} files      the names of these files; the files themselves stay with the shelf
 * @property {"on" | "off"} kv_cache  whether a GPT keeps keys and values from token to token
 * @property {string} n_head      heads of the user's own GPT; "" = what its files say, or the usual
 * @property {string} activation  its GELU; "" likewise
 * @property {"on" | "off"} ends  whether a text ends where its files say so
 * @property {"on" | "off"} chat  whether the prompt is a message that the model answers, by its file's chat template
 *
 * @typedef {object} Loading  How far a GPT is on its way.
 * @property {"engine" | "download" | "read"} stage
 * @property {number} loaded        bytes
 * @property {number | null} total  bytes; null: not known
 * @property {string} [file]        its name
 * @property {number | null} [speed]  bytes per second; null: too early to say
 *
 * @typedef {object} ShelfState  The GPTs that are there, and the one that is wanted.
 * @property {ModelChoice | null} wanted   a GPT that was chosen and is not there yet; the model in force stays
 * @property {Forced | null} promised   a link or a program named it, with these tokens put in by hand; null: it was chosen in the menu
 * @property {boolean} keep        what is downloaded is to stay in this browser
 * @property {string | null} smollm2   where SmolLM2 lies; null: this site does not offer it
 * @property {Loading | null} at   null: nothing is being loaded
 * @property {boolean} cancelled   the last loading was
 * @property {string | null} problem
 * @property {string | null} python   lines that make a file of another kind one that can be read
 * @property {Record<string, { about: string } & import("../engine/handles.js").GptConfig>} known  by the key of the choice: what the engine says of those that are there
 *
 * @typedef {{ load: (change?: Partial<ModelChoice>, files?: File[], how?: { isOnlyLoaded?: boolean }) => void, cancel: () => void }} GptActions
 *
 * @typedef {object} Ours  Our own GPT, before any of it is loaded.
 * @property {number} bytes      the weights' file
 * @property {string} sha256     of it
 * @property {number | null} n_weights
 *
 * @typedef {object} Smollm2  SmolLM2's file, before any of it is loaded.
 * @property {number} bytes
 * @property {string | null} address   null: the site does not offer it
 *
 * @typedef {Record<string, string>} Fields  The settings by setting name; text as the user typed it, "" = left to the engine.
 *
 * @typedef {object} Run  One run as the engine reported it. n = tokens drawn so far.
 * @property {string} text              prompt and new tokens, as one text: a character may be of several tokens
 * @property {number[]} prompt_ids
 * @property {number} replaced          characters of the prompt that became spaces
 * @property {number[]} tokens          (n) ids
 * @property {number[]} probabilities   (n) final probability of each
 * @property {number[]} original_probabilities   (n) of each before the stage that follows that; empty without one
 * @property {import("../engine/handles.js").Model} model  what draws it
 * @property {readonly string[]} vocab  id → text
 * @property {Record<string, unknown>} settings  what the engine was given; the same object as long as it is the same text
 * @property {bigint | null} seed       the seed it used; null before the first token
 * @property {string | null} finish_reason
 * @property {Timings | null} timings
 * @property {number} asked             how often Generate had been pressed
 * @property {Pick<LabState, "prompt" | "model" | "fields" | "forced"> | null} [made_of]  null: it is no text of the page's own
 *
 * @typedef {object} TracedStep  Why one token was drawn.
 * @property {Run} run         whose token it is
 * @property {number} index    which new token, 0-based
 * @property {boolean} drawn   false: the token after the text, not drawn yet
 * @property {Trace} trace
 * @property {import("../river/types.js").Picture} [picture]  the distribution as bands, on its way through the stages
 * @property {Float32Array[]} after   the probabilities after each stage that was on
 * @property {Ahead} [ahead]   its picture is made with settings that the text is still to be drawn with
 * @property {Record<string, unknown>} settings  what the step was traced with, history included
 *
 * @typedef {object} Ahead
 * @property {Fields} fields    the settings
 * @property {Forced} forced
 * @property {boolean} is_whole   the trace is made with them, too
 *
 * @typedef {Record<number, number>} Forced  New token → the token id that the user put there in place of the drawn one.
 *
 * @typedef {object} Snapshot  What undo goes back to.
 * @property {string} prompt
 * @property {ModelChoice} model
 * @property {Fields} fields
 * @property {Forced} forced
 * @property {Run | null} run   the text it had given
 * @property {Pick<LabState, "goal" | "selected" | "stopped">} [length]  how much of it was shown, where a rewind changed that
 *
 * @typedef {"stages" | "tokens" | "draws" | "compare" | "timings" | "share"} View
 *
 * @typedef {object} Listing  What part of the table of all tokens is shown.
 * @property {string} query  tokens with this in their text; "": all
 * @property {number} page   from 0
 * @property {number} rows   of the distribution alone
 *
 * @typedef {object} ManyDraws  One step drawn many times.
 * @property {number} n
 * @property {Uint32Array} counts   (V)
 * @property {import("../engine/types.js").ChiSquare} fit
 * @property {TracedStep} step   whose distribution it was
 * @property {import("../engine/types.js").ManyDraws} drawn   the same of the tokens that were drawn alone
 *
 * @typedef {object} Facts  What is exactly known of the text.
 * @property {Run} run
 * @property {import("../engine/types.js").Score} score
 * @property {import("../engine/types.js").Stationary | { none: "history" | "size" }} endless  none: why there is no such number
 *
 * @typedef {object} Rules  How other systems would cut the row of a step.
 * @property {TracedStep} step
 * @property {import("../engine/types.js").Rule[]} rules
 *
 * @typedef {object} Contender  One of the texts that are compared.
 * @property {string} name
 * @property {Fields} fields    what it changes in the neutral settings
 *
 * @typedef {object} Contestant  One of the models that are compared.
 * @property {string | null} key  what its result is made of; null: it is yet to come
 * @property {"notebook" | "counted" | "gpt" | "smollm2" | "own-gpt"} kind
 * @property {Run | null} run   null: it is not there
 * @property {import("../engine/types.js").Score | null} own       of its own text
 * @property {import("../engine/types.js").Score | null} sentence  of the user's
 * @property {number} replaced  characters of the sentence that became spaces
 * @property {Problem | null} problem
 *
 * @typedef {object} Comparison
 * @property {"settings" | "models"} by
 * @property {string} sentence        what the models are to foresee
 * @property {Contestant[]} models    empty until they are compared; each result as it comes
 * @property {Contender[]} rows
 * @property {(Run | Problem)[]} runs   one per row, or why there is none
 * @property {({ run: Run, picture: import("../river/types.js").Picture } | null)[]} pictures  one per row: the chosen token of the page's run
 *   as these settings would draw it
 *
 * @typedef {object} Problem
 * @property {string} place    the setting at fault ("temperature", "model.seed", "prompt"), or "page"
 * @property {string} message  what to do, in English; for a code of the page's own what the sentence is about
 * @property {string} code     the engine's stable code, or the page's own: "too_many_tokens", "list_…"
 * @property {import("../lib/said.js").Told} [told]  of the engine's: what its sentence tells, for other languages
 *
 * @typedef {object} Place  Where the engine runs and why.
 * @property {"cpu" | "webgpu"} kind
 * @property {string | null} adapter   the GPU's name, if there is one
 * @property {string} reason
 * @property {boolean} lost            a GPU was there, and is gone
 * @property {"here" | "worker"} thread
 *
 * @typedef {object} Machine  What the user wants to compute on, and what the live check has seen.
 * @property {"auto" | "cpu" | "webgpu"} wish
 * @property {boolean} pending         a GPU is being looked for
 * @property {string | null} problem   why the last wish could not be met
 * @property {boolean} checks          every step is done on both
 * @property {import("../engine/types.js").CheckReport | null} report
 *
 * @typedef {import("../engine/types.js").SweepPoint & { new_tokens: number, rounds: number, slides?: boolean }} SweepSample
 *   slides: prompt and new tokens are more than the model sees
 *
 * @typedef {object} SweepSeries  The prompt lengths measured on one backend.
 * @property {string} of           which model, its cache apart
 * @property {"on" | "off" | null} cache   null: it is no GPT
 * @property {number | null} block_size    how many tokens a GPT sees
 * @property {"cpu" | "webgpu"} backend
 * @property {string | null} adapter
 * @property {Record<string, unknown>} settings
 * @property {SweepSample[]} points
 *
 * @typedef {object} Sweep
 * @property {{ length: number, cache: "on" | "off" | null } | null} at   what is being measured
 * @property {SweepSeries[]} series    one per backend
 * @property {string | null} problem
 *
 * @typedef {"loading" | "idle" | "running" | "playing" | "lost"} Status
 *
 * @typedef {import("../engine/types.js").ReadSoFar & { again: boolean, is_long: boolean }} Reading  What a model is reading before the next token.
 *   again: it has drawn some of this text already; is_long: it has taken so long that there is something to say
 *
 * @typedef {Partial<Pick<LabState, "peek" | "many_draws" | "resampling" | "facts" | "rules" | "stage_times">> & { comparison?: Partial<Comparison> }} Found
 *
 * @typedef {object} LabState
 * @property {Status} status
 * @property {string} prompt
 * @property {ModelChoice} model
 * @property {ShelfState} shelf
 * @property {Fields} fields
 * @property {number | "all"} goal   how many tokens to show; "all" = as many as the setting says
 * @property {number} asked          how often Generate was pressed
 * @property {boolean} slowly        Generate adds one token at a time
 * @property {Run | null} run        the last run that worked
 * @property {Reading | null} reading  while the text on its way waits for that
 * @property {boolean} stopped       the last run was stopped by the user
 * @property {Pick<LabState, "prompt" | "model"> | null} unread  what was stopped while the model read the prompt
 * @property {Run | null} previous   the run before the one on its way
 * @property {boolean} repeated      Generate gave the text that was there already
 * @property {number} selected       the new token whose step is shown, 0-based
 * @property {TracedStep | null} step
 * @property {number | null} peeked  the new token that the pointer or the keyboard is on
 * @property {TracedStep | null} peek  what else could have been drawn there
 * @property {Problem | null} problem
 * @property {Place | null} place
 * @property {Machine} machine
 * @property {Sweep} sweep
 * @property {View} view
 * @property {readonly string[]} left_out  stages whose columns the picture has no room for while they are off
 * @property {Listing} listing
 * @property {Forced} forced
 * @property {Snapshot[]} past      what undo goes back to, newest last
 * @property {Snapshot[]} future    what redo goes forward to, next last
 * @property {boolean} held         a control is being dragged, and moves: text and numbers wait for it, the picture does not
 * @property {string | null} editing   what is being changed: one drag is one thing to undo
 * @property {ManyDraws | null} many_draws
 * @property {boolean} resampling   the step is being drawn many times
 * @property {Facts | null} facts
 * @property {Rules | null} rules
 * @property {Comparison} comparison
 * @property {import("../engine/types.js").StageTimes | null} stage_times
 */

export {};
