pub(crate) fn checks<B: logitlab::backend::Backend>() -> Vec<crate::support::Check<B>> {
    Vec::new()
}
