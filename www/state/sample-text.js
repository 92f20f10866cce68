/** What the counted bigram counts until the user pastes a text of their own. */
export const SAMPLE_TEXT = `a language model does not know the next letter. it gives every letter a number, and the larger the number, \
the more likely the letter. the softmax turns the numbers into probabilities, and then a coin is thrown. when the \
temperature is low, the best letter wins nearly every time, and the text runs in circles. when the temperature is \
high, the rare letters get their turn, and the text falls apart. somewhere between the two it reads as if someone had \
thought about it. top-k keeps the best few letters, top-p keeps as many as it takes to cover most of the chance, and \
the others are put aside before the coin is thrown. the same seed throws the same coins, so the same text comes back.
`;
