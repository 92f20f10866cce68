/** @type {import("@docusaurus/types").Config} */
export default {
  title: "A course",
  url: "https://example.org",
  baseUrl: "/",
  onBrokenLinks: "throw",
  // Defines <logit-lab> in the browser, once for the whole site.
  clientModules: ["./src/lab.js"],
  presets: [["classic", { docs: false, blog: false }]],
  themeConfig: {
    navbar: {
      title: "A course",
      items: [
        { to: "/", label: "Sampling" },
        { to: "/next", label: "Next week" },
      ],
    },
  },
};
