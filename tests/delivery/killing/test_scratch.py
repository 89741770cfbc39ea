import os, time, pytest
from pathlib import Path
from tests.delivery.killing import named
from tests.delivery.killing.walked import walked
pytestmark = pytest.mark.django_db(transaction=True)
STAGES=os.environ["ST"].split(",")
@pytest.mark.timeout(0)
@pytest.mark.parametrize("kind", os.environ["KIND"].split(","))
def test_all(kind, key_folder, tmp_path):
    log=open(os.environ["OUT"],"a")
    with walked(tmp_path, key_folder, kind) as w:
        ps=[p for s in STAGES for p in named.points_of(s,kind)][::int(os.environ.get("STEP","1"))]
        bad=0; t0=time.time()
        for p in ps:
            t=time.time()
            try: f=w.disturbed(p)
            except Exception as e: f=[repr(e)[-600:]]
            bad+=bool(f)
            log.write(f"{kind} {'BAD' if f else 'ok'} {p.stage} | {p.act} | {p.when} {p.time} ({time.time()-t:.1f}s) {'; '.join(f)}\n"); log.flush()
        log.write(f"== {kind} {len(ps)-bad} of {len(ps)} in {time.time()-t0:.0f}s\n"); log.flush()
