// The back office's frame names no main part; screen readers jump to one.
window.addEventListener("load", () => {
  const main = document.getElementById("main");
  if (main) main.setAttribute("role", "main");
  document.querySelectorAll(".simplebar-content-wrapper").forEach((part) => part.removeAttribute("role"));
});
