// The page of a running server: it loads itself anew when there is a newer one, and stays where it is.
async function newest() {
  const answer = await fetch("version");
  return (await answer.json()).version;
}
async function follow() {
  const first = document.documentElement.dataset.version, said = document.getElementById("live");
  try {
    if ((await newest()) !== first) return void location.reload();
    said.textContent = "Live: this page follows the runs.";
  } catch {
    said.textContent = "No longer live: hpobench watch has ended.";
  }
  setTimeout(follow, 3000);
}
follow();
