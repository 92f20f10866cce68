/**
 * What the notebook prints in PyTorch 2.15 on a CPU. The probabilities and logits are its float32 values, written out in full.
 * Checked against tests/golden/goldens.json, which has the recipe.
 */
export const goldens = {
  softmax: {
    "1.0": [0.09709960967302322, 0.002932154107838869, 0.017738496884703636, 0.8763250708580017, 0.005904632154852152],
    0.7: [0.04118075966835022, 0.00027747388230636716, 0.003630606923252344, 0.9541569352149963, 0.0007542518433183432],
    "2.0": [0.2061026394367218, 0.035815268754959106, 0.08809134364128113, 0.6191664934158325, 0.050824280828237534],
  },
  top_k_2: {
    tokens: [3, 0],
    probabilities: [0.9002495408058167, 0.09975051134824753],
  },
  "top_p_0.9": [3, 0],
  samples: {
    greedy: 3,
    temperature2: 3,
    topk2: 3,
    "topp0.9": 3,
  },
  prompt_ids: [19, 7, 4, 26],
  logits_after_space: [
    0.5807746648788452, -0.25108036398887634, -0.06914763152599335, 0.4585718810558319, 0.828271746635437,
    0.2693009078502655, 0.19557717442512512, 0.11672083288431168, 0.03772338107228279, -0.17219652235507965,
    -0.4298187792301178, -0.07996606826782227, 0.20449428260326385, 0.17283597588539124, 0.8665342330932617,
    -0.15781131386756897, 0.08508829772472382, -0.43653854727745056, 0.0695779100060463, 0.4040590524673462,
    -0.13546790182590485, -0.1240602657198906, -0.05688047036528587, 0.07790616154670715, -0.09178460389375687,
    0.3233882188796997, 1.118683934211731, -0.9495016932487488, 0.46132463216781616, -0.21016617119312286,
  ],
  texts: {
    greedy: "the                                                                                 ",
    "temperature 0.8": "the quy dvued lnecheto dpywbtse.p.ermht,nbcebjywbnkfj.a\nh,kbxxeqpxxy gbbbguhqxhq xoe",
    "temperature 1.4": "the quyjmgukdwlnechetoxdpywbtsu.p.gekct,nbcebjywbnkfj.a\nh,kbxjeqpxxy ubbbguhqxhq xoe",
    "top-p 0.9": "the qu jmguedwlnechetoxdpywbtse.p.ermct,nbcebjywbnkfj.a\nh,kbxxeqpxxe ubbbguhqxhq xoe",
  },
  timings: {
    16: 8601.2,
    64: 8655.2,
    256: 8007.2,
    512: 8476.9,
  },
};
