// Nothing of it can run while the pages are made on the server.
if (typeof window !== "undefined") import("logitlab/define");
