/** What the counted bigram counts until the user pastes a text of their own. */
export const SAMPLE_TEXT = `a language model does not know the next letter. it gives every letter a number, and the larger the number, \
the more likely the letter. the softmax turns the numbers into probabilities, and a random number picks one letter. when the \
temperature is low, the most likely letter wins nearly every time, and the text runs in circles. when the temperature is \
high, the rare letters get their turn, and the text falls apart. somewhere between the two it reads as if someone had \
thought about it. top-k keeps the k most likely letters, top-p keeps as many as it takes to cover most of the probability, \
and the others are removed before the draw. the same seed gives the same random numbers, so the same text comes back.
`;

/** What models are asked to foresee until the user types something else. */
export const A_SENTENCE = "the baker looked up at the clock, put down her cup and went out into the rain.";
